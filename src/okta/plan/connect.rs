//! The connection test and imports.

use serde_json::Value;

use super::call::Call;
use super::job::{Job, Next};
use super::response;
use super::task::TaskError;
use crate::okta::org::JobKind;
use crate::wire::Exchange;

/// The page size of an import (REF20).
const PAGE: u64 = 100;
/// The maximum number of pages in one import, so that a target with a wrong total cannot make a run endless.
const PAGES: u64 = 1_000;

impl Job {
    pub(super) fn test_connection(&mut self, groups: bool) {
        self.queue.push_back(Call::TestConnection { groups: false });
        if groups {
            self.queue.push_back(Call::TestConnection { groups: true });
        }
    }

    pub(super) fn handle_list_response(&mut self, call: &Call, exchange: &Exchange) -> Result<Next, TaskError> {
        let importing = matches!(call, Call::ImportPage { .. });
        let failed = if importing { TaskError::Import } else { TaskError::Connection };
        let response = response::success(exchange).map_err(failed)?;
        let list = response::list(response).map_err(TaskError::NotAList)?;
        if let Call::ImportPage { groups, start } = *call {
            self.add_imported(groups, &list.resources);
            let next = start + PAGE;
            if next <= list.total && !list.resources.is_empty() {
                if next > PAGE * PAGES {
                    return Err(TaskError::TooManyPages(PAGES));
                }
                self.queue.push_front(Call::ImportPage { groups, start: next });
            } else if !groups && matches!(self.spec.kind, JobKind::Import { groups: true }) {
                self.queue.push_back(Call::ImportPage { groups: true, start: 1 });
            }
        }
        Ok(Next::Continue)
    }

    fn add_imported(&mut self, groups: bool, resources: &[Value]) {
        let (name, imported) =
            if groups { ("displayName", &mut self.result.groups) } else { ("userName", &mut self.result.users) };
        for resource in resources {
            // Okta skips inactive resources (CONCEPT).
            let inactive = resource.get("active") == Some(&Value::Bool(false));
            if let (Some(id), Some(name), false) =
                (response::id(resource), resource.get(name).and_then(Value::as_str), inactive)
            {
                imported.insert(name.to_owned(), id);
            }
        }
    }
}
