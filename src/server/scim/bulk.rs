//! POST `/Bulk` (RFC 7644 section 3.7). Each operation is validated like a separate request. The writes are sent to the store
//! in order, in slices of at most [`limits::GROUP_COMMIT`] that each share one transaction, so that other requests take turns
//! with a bulk. A slice also ends before an operation that depends on the results: on the ID of a created resource, or on
//! the number of errors.

use axum::response::Response;
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};

use super::super::error::RequestError;
use super::super::query::{Parameters, short};
use super::super::response;
use super::call::{Call, ok};
use super::route::Route;
use super::{condition, write};
use crate::base::limits;
use crate::directory::Command;
use crate::http::request_id;
use crate::scim::bulk::{Bulk, BulkIdState, Operation, Step};
use crate::scim::message::{BULK_RESPONSE, object_of};
use crate::scim::{Kind, ScimError};
use crate::store::{Expected, Write, Written};

/// Handles a bulk request. The status is 200 even if operations fail.
pub(super) async fn answer(call: &Call<'_>, body: &[u8]) -> Result<Response, RequestError> {
    let bulk = Bulk::parse(&call.object(body)?, call.bounds.bulk_operations)?;
    let results = bulk.operations.iter().map(|_| None).collect();
    let mut run = BulkRun { call, bulk: &bulk, waiting: Vec::new(), results, errors: 0 };
    for step in bulk.order() {
        match step {
            Step::Do(at) => run.perform(at).await,
            Step::Complete(at) => run.complete(at).await,
        }
    }
    run.flush().await;
    let results = bulk.operations.iter().zip(run.results);
    let entries: Vec<Value> = results.filter_map(|(operation, done)| Some(done?.entry(operation))).collect();
    Ok(ok(&json!({"schemas": [BULK_RESPONSE], "Operations": entries})))
}

/// The result of an operation.
struct OperationResult {
    status: StatusCode,
    /// The ID of the resource that a POST created.
    created: Option<String>,
    location: Option<String>,
    version: Option<String>,
    /// The body of an error response.
    response: Option<Value>,
}

/// A validated operation that is ready for the store.
struct PreparedWrite {
    write: Write,
    /// The status on success.
    status: StatusCode,
    location: Option<String>,
}

/// A bulk request in progress.
struct BulkRun<'a> {
    call: &'a Call<'a>,
    bulk: &'a Bulk,
    /// Prepared operations that have not been sent to the store, with their positions, in order.
    waiting: Vec<(usize, PreparedWrite)>,
    /// The results by position; `None` for operations that were not executed.
    results: Vec<Option<OperationResult>>,
    errors: usize,
}

impl BulkRun<'_> {
    /// Prepares an operation, unless there were too many errors before it.
    async fn perform(&mut self, at: usize) {
        let Some(operation) = self.bulk.operations.get(at) else { return };
        if self.waiting.len() >= limits::GROUP_COMMIT || self.waits_for(operation) {
            self.flush().await;
        }
        if self.is_over() {
            return;
        }
        match self.prepare(operation).await {
            Ok(_) if self.is_over() => {}
            Ok(prepared) => self.waiting.push((at, prepared)),
            Err(error) => {
                // The number of earlier errors is known only after the earlier operations have been executed.
                if self.bulk.fail_on_errors.is_some() {
                    self.flush().await;
                }
                if !self.is_over() {
                    let location = self.location(operation);
                    self.record(at, OperationResult::failed(&error, location));
                }
            }
        }
    }

    /// Returns true if an operation refers to a resource that a waiting operation creates.
    fn waits_for(&self, operation: &Operation) -> bool {
        !self.waiting.is_empty() && {
            let needs = self.bulk.needs(operation);
            self.waiting.iter().any(|(at, _)| needs.contains(at))
        }
    }

    /// Returns true if the number of errors has reached `failOnErrors`.
    fn is_over(&self) -> bool {
        self.bulk.fail_on_errors.is_some_and(|most| self.errors >= most)
    }

    /// Sends the waiting operations to the store.
    async fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return;
        }
        let most = self.bulk.fail_on_errors.map(|most| most.saturating_sub(self.errors));
        let mut writes = Vec::with_capacity(waiting.len());
        let mut pending = Vec::with_capacity(waiting.len());
        for (at, PreparedWrite { write, status, location }) in waiting {
            writes.push(write);
            pending.push((at, status, location));
        }
        let results = self.call.store.write_all(writes, most).await;
        for ((at, status, location), result) in pending.into_iter().zip(results) {
            let done = match result {
                Ok(written) => self.done(status, location, &written),
                Err(error) => OperationResult::failed(&error.into(), location),
            };
            self.record(at, done);
        }
    }

    /// Adds the omitted references to a resource that is part of a circle. If that fails, the resource is deleted.
    async fn complete(&mut self, at: usize) {
        self.flush().await;
        let created = self.results.get(at).and_then(|done| done.as_ref()?.created.clone());
        let (Some(operation), Some(id)) = (self.bulk.operations.get(at), created) else { return };
        let path = format!("{}/{id}", operation.path.split('?').next().unwrap_or_default());
        let completed = match self.resolved(operation) {
            Ok(data) => self.alone(&Method::PUT, &path, data).await,
            Err(error) => Err(error.into()),
        };
        match completed {
            Ok(done) => {
                if let Some(Some(kept)) = self.results.get_mut(at) {
                    kept.version = done.version;
                }
            }
            Err(error) => {
                if let Err(error) = self.alone(&Method::DELETE, &path, None).await {
                    let request = request_id::current();
                    tracing::warn!(
                        request,
                        ?error,
                        path,
                        "could not delete a resource with an unresolved circular reference"
                    );
                }
                let detail = format!("cannot resolve the circular reference: {}", error.scim().detail);
                let error = ScimError::new(409, detail);
                self.record(at, OperationResult::failed(&error.into(), None));
            }
        }
    }

    fn record(&mut self, at: usize, done: OperationResult) {
        self.errors += usize::from(!done.status.is_success());
        if let Some(result) = self.results.get_mut(at) {
            *result = Some(done);
        }
    }

    /// Returns the state of the resource that an operation creates.
    fn state(&self, creator: usize) -> BulkIdState<'_> {
        match self.results.get(creator) {
            Some(None) if !self.is_over() => BulkIdState::Pending,
            Some(Some(OperationResult { created: Some(id), .. })) => BulkIdState::Created(id),
            _ => BulkIdState::Failed,
        }
    }

    /// Returns the data of an operation with its references resolved.
    fn resolved(&self, operation: &Operation) -> Result<Option<Value>, ScimError> {
        let Some(data) = &operation.data else { return Ok(None) };
        self.bulk.resolve(data, &|creator| self.state(creator))
    }

    fn path(&self, operation: &Operation) -> Result<String, ScimError> {
        self.bulk.resolve_path(&operation.path, &|creator| self.state(creator))
    }

    /// Returns the location of a resource that the operation does not create, for the response also of a failed operation.
    fn location(&self, operation: &Operation) -> Option<String> {
        let named = operation.method != "POST" && !operation.path.is_empty();
        let path = self.path(operation).ok().filter(|_| named)?;
        Some(format!("{}/{}", self.call.base, tail(&path).0))
    }

    /// Validates an operation as far as possible without the store. The target is read only if the operation is invalid, or
    /// if its version cannot be checked in the transaction; the earlier operations are executed first in that case.
    async fn prepare(&mut self, operation: &Operation) -> Result<PreparedWrite, RequestError> {
        if let Some(error) = &operation.error {
            return Err(error.clone().into());
        }
        let method = match operation.method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => {
                return Err(ScimError::new(
                    405,
                    format!(
                        "{:?} is not a method of a bulk operation; expected POST, PUT, PATCH or DELETE",
                        short(other)
                    ),
                )
                .into());
            }
        };
        let (path, data) = (self.path(operation)?, self.resolved(operation)?);
        let parts = head(&method, operation.version.as_deref())?;
        let (call, target) = request(self.call, &parts, &path)?;
        let prepared = prepare(&call, &target, data);
        let expected = match (&target, condition::of_itself(&parts.headers).filter(|_| prepared.is_ok())) {
            ((kind, Some(id)), None) => {
                self.flush().await;
                write::check_target(&call, *kind, id).await?
            }
            (_, expected) => expected.unwrap_or_default(),
        };
        let mut prepared = prepared?;
        prepared.write.expected = expected;
        prepared.location = self.location(operation);
        Ok(prepared)
    }

    /// Executes a single write.
    async fn alone(&self, method: &Method, path: &str, data: Option<Value>) -> Result<OperationResult, RequestError> {
        let parts = head(method, None)?;
        let (call, target) = request(self.call, &parts, path)?;
        let PreparedWrite { write, status, location } = prepare(&call, &target, data)?;
        let written = self.call.store.write(write).await?;
        Ok(self.done(status, location, &written))
    }

    /// Returns the result of a successful write.
    fn done(&self, status: StatusCode, location: Option<String>, written: &Written) -> OperationResult {
        write::log_unknown(self.call, written);
        let created = written.resource.as_ref().filter(|_| status == StatusCode::CREATED);
        OperationResult {
            status,
            created: created.map(|resource| resource.id.clone()),
            location: created.map(|resource| self.call.location(resource.kind, &resource.id)).or(location),
            version: written.resource.as_ref().map(|resource| response::etag(resource.version)),
            response: None,
        }
    }
}

/// Builds the call that is equivalent to an operation. Also returns the resource type and, except for a POST, the ID.
fn request<'p>(
    outer: &Call<'p>,
    parts: &'p Parts,
    path: &str,
) -> Result<(Call<'p>, (Kind, Option<String>)), RequestError> {
    let (tail, query) = tail(path);
    let route = Route::parse(tail)?;
    let target = match &route {
        Route::Collection(kind) => (*kind, None),
        Route::Resource(kind, id) => (*kind, Some(id.clone())),
        _ => {
            return Err(ScimError::invalid_value(format!(
                "{:?} is not the path of a bulk operation; expected /Users, /Groups or a resource",
                short(path)
            ))
            .into());
        }
    };
    route.admits(&parts.method)?;
    let call = Call {
        app: outer.app,
        store: outer.store,
        bounds: outer.bounds,
        access: outer.access.clone(),
        rules: outer.rules,
        parts,
        parameters: Parameters::of_scim(query)?,
        base: outer.base.clone(),
    };
    Ok((call, target))
}

/// Translates an operation to a write, without its precondition.
fn prepare(
    call: &Call<'_>,
    (kind, id): &(Kind, Option<String>),
    data: Option<Value>,
) -> Result<PreparedWrite, RequestError> {
    let (kind, method) = (*kind, &call.parts.method);
    let (command, status) = match id.clone() {
        Some(id) if *method == Method::DELETE => (Command::Delete { kind, id }, StatusCode::NO_CONTENT),
        id => {
            let projection = call.projection()?;
            let body = object_of(data.unwrap_or_default())?;
            match id {
                None => (write::create_command(call, kind, body)?.0, StatusCode::CREATED),
                Some(id) if *method == Method::PUT => (write::replace_command(call, kind, id, body)?, StatusCode::OK),
                Some(id) => {
                    let quiet = write::is_quiet(kind, &projection);
                    let status = if quiet { StatusCode::NO_CONTENT } else { StatusCode::OK };
                    (write::patch_command(call, kind, id, &body)?, status)
                }
            }
        }
    };
    let write = Write { directory: call.access.clone(), expected: Expected::Any, command };
    Ok(PreparedWrite { write, status, location: None })
}

/// Builds the method and headers that are equivalent to an operation.
fn head(method: &Method, version: Option<&str>) -> Result<Parts, ScimError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = method.clone();
    parts.headers.insert(CONTENT_TYPE, response::SCIM_JSON);
    if let Some(version) = version {
        let wrong = |_| ScimError::invalid_value(format!("{:?} is not a valid version", short(version)));
        parts.headers.insert(IF_MATCH, HeaderValue::from_str(version).map_err(wrong)?);
    }
    Ok(parts)
}

/// Splits a path into the part that routes are parsed from, and the query.
fn tail(path: &str) -> (&str, Option<&str>) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)))
}

impl OperationResult {
    fn failed(error: &RequestError, location: Option<String>) -> Self {
        let error = error.scim();
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, created: None, location, version: None, response: Some(error.to_json()) }
    }

    /// Builds the entry in the response. Entries of successful operations have no body.
    fn entry(self, operation: &Operation) -> Value {
        let mut entry = json!({"method": operation.method, "status": self.status.as_str()});
        let more = [
            ("location", self.location.map(Value::from)),
            ("bulkId", operation.bulk_id.clone().map(Value::from)),
            ("version", self.version.map(Value::from)),
            ("response", self.response),
        ];
        if let Some(entry) = entry.as_object_mut() {
            entry.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        entry
    }
}
