//! POST `/Bulk` (RFC 7644 section 3.7): each operation is judged and carried out as a request of its own.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::super::problem::Problem;
use super::super::query::{Parameters, short};
use super::super::{asked, reply};
use super::judge::{Call, carry_out, ok};
use super::route::Route;
use crate::scim::ScimError;
use crate::scim::bulk::{Bulk, Name, Operation, Step};
use crate::scim::message::BULK_RESPONSE;

/// Answers a bulk request: 200, whatever became of its operations.
pub(super) async fn answer(call: &Call<'_>, body: &[u8]) -> Result<Response, Problem> {
    let bulk = Bulk::parse(&call.object(body)?, call.bounds.bulk_operations)?;
    let results = bulk.operations.iter().map(|_| None).collect();
    let mut job = Job { call, bulk: &bulk, results, errors: 0 };
    for step in bulk.order() {
        match step {
            Step::Do(at) => job.perform(at).await,
            Step::Complete(at) => job.complete(at).await,
        }
    }
    let results = bulk.operations.iter().zip(job.results);
    let entries: Vec<Value> = results.filter_map(|(operation, done)| Some(done?.entry(operation))).collect();
    Ok(ok(&json!({"schemas": [BULK_RESPONSE], "Operations": entries})))
}

/// What became of an operation.
struct Done {
    status: StatusCode,
    /// The id of what a POST made.
    made: Option<String>,
    location: Option<String>,
    version: Option<String>,
    /// The body of an answer that is no success.
    response: Option<Value>,
}

struct Job<'a> {
    call: &'a Call<'a>,
    bulk: &'a Bulk,
    /// By operation; none for those that were not carried out.
    results: Vec<Option<Done>>,
    errors: usize,
}

impl Job<'_> {
    /// Carries an operation out, unless there were too many errors before it.
    async fn perform(&mut self, at: usize) {
        let Some(operation) = self.bulk.operations.get(at) else { return };
        if self.bulk.fail_on_errors.is_some_and(|most| self.errors >= most) {
            return;
        }
        let done = match self.attempt(operation).await {
            Ok(done) => done,
            Err(problem) => Done::of(problem.into_response(), None).await,
        };
        self.keep(at, done);
    }

    /// Gives a resource of a circle what was left out when it was made. One that can't have it is taken back.
    async fn complete(&mut self, at: usize) {
        let made = self.results.get(at).and_then(|done| done.as_ref()?.made.clone());
        let (Some(operation), Some(id)) = (self.bulk.operations.get(at), made) else { return };
        let path = format!("{}/{id}", operation.path.split('?').next().unwrap_or_default());
        let completed = match self.resolved(operation) {
            Ok(data) => self.request(&Method::PUT, &path, None, data.as_ref()).await.map_err(|problem| match problem {
                Problem::Scim(error) => error,
                _ => ScimError::new(409, "it was refused"),
            }),
            Err(error) => Err(error),
        };
        match completed {
            Ok(response) => {
                let version = header(response.headers(), ETAG);
                if let Some(Some(done)) = self.results.get_mut(at) {
                    done.version = version;
                }
            }
            Err(error) => {
                if let Err(problem) = self.request(&Method::DELETE, &path, None, None).await {
                    let request = asked::request();
                    tracing::warn!(request, ?problem, path, "a resource of a circle could not be taken back");
                }
                let error = ScimError::new(409, format!("the circular reference can't be resolved: {}", error.detail));
                self.keep(at, Done::of(reply::error(&error), None).await);
            }
        }
    }

    fn keep(&mut self, at: usize, done: Done) {
        self.errors += usize::from(!done.status.is_success());
        if let Some(place) = self.results.get_mut(at) {
            *place = Some(done);
        }
    }

    /// What is known of the resource that an operation makes.
    fn name(&self, maker: usize) -> Name<'_> {
        match self.results.get(maker) {
            Some(None) if self.bulk.fail_on_errors.is_none_or(|most| self.errors < most) => Name::Pending,
            Some(Some(Done { made: Some(id), .. })) => Name::Made(id),
            _ => Name::Failed,
        }
    }

    /// The data with its references resolved.
    fn resolved(&self, operation: &Operation) -> Result<Option<Value>, ScimError> {
        let Some(data) = &operation.data else { return Ok(None) };
        self.bulk.resolve(data, &|maker| self.name(maker))
    }

    async fn attempt(&self, operation: &Operation) -> Result<Done, Problem> {
        if let Some(wrong) = &operation.wrong {
            return Err(wrong.clone().into());
        }
        let method = match operation.method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => return Err(ScimError::new(405, format!("an operation can't be {:?}", short(other))).into()),
        };
        let path = self.bulk.resolve_path(&operation.path, &|maker| self.name(maker))?;
        let data = self.resolved(operation)?;
        let answered = self.request(&method, &path, operation.version.as_deref(), data.as_ref()).await;
        let response = answered.unwrap_or_else(Problem::into_response);
        let location = format!("{}/{}", self.call.base, tail(&path).0);
        Ok(Done::of(response, (method != Method::POST).then_some(location)).await)
    }

    /// One request of the operation's kind.
    async fn request(
        &self,
        method: &Method,
        path: &str,
        version: Option<&str>,
        data: Option<&Value>,
    ) -> Result<Response, Problem> {
        let (tail, query) = tail(path);
        let route = Route::parse(tail)?;
        if !matches!(route, Route::Collection(_) | Route::Resource(..)) {
            return Err(ScimError::invalid_value(format!("no operation can go to {:?}", short(path))).into());
        }
        let admitted = route.admits(method)?;
        let parts = head(method, version)?;
        let call = Call {
            app: self.call.app,
            store: self.call.store,
            bounds: self.call.bounds,
            access: self.call.access.clone(),
            rules: self.call.rules,
            parts: &parts,
            parameters: Parameters::parse(query)?,
            base: self.call.base.clone(),
        };
        let mut body = data.map_or_else(Body::empty, |data| Body::from(data.to_string()));
        carry_out(call, route, admitted, &mut body, &mut false).await
    }
}

/// The head of an operation's request.
fn head(method: &Method, version: Option<&str>) -> Result<Parts, ScimError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = method.clone();
    parts.headers.insert(CONTENT_TYPE, reply::SCIM_JSON);
    if let Some(version) = version {
        let wrong = |_| ScimError::invalid_value(format!("{:?} is no version", short(version)));
        parts.headers.insert(IF_MATCH, HeaderValue::from_str(version).map_err(wrong)?);
    }
    Ok(parts)
}

/// A path as routes are parsed, and its query.
fn tail(path: &str) -> (&str, Option<&str>) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

impl Done {
    /// From the answer of a request.
    async fn of(response: Response, location: Option<String>) -> Self {
        let (parts, body) = response.into_parts();
        let made = header(&parts.headers, LOCATION);
        let id = made.as_deref().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
        let mut response = None;
        if !parts.status.is_success() {
            let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            response = serde_json::from_slice(&bytes).ok();
        }
        let version = header(&parts.headers, ETAG);
        Self { status: parts.status, made: id, location: made.or(location), version, response }
    }

    /// The operation's entry in the answer; a success is told without its body.
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
