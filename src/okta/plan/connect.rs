//! The connection test, and imports.

use serde_json::Value;

use super::{Call, Job, Outcome, answer};
use crate::okta::org::What;
use crate::wire::Exchange;

/// The page of an import (REF20).
const PAGE: u64 = 100;
/// The most pages that one import reads: a target whose total never ends must not hold the run for ever.
const PAGES: u64 = 1_000;

impl Job {
    pub(super) fn connect(&mut self, groups: bool) {
        self.queue.push_back(Call::Probe { groups: false });
        if groups {
            self.queue.push_back(Call::Probe { groups: true });
        }
    }

    pub(super) fn listed(&mut self, call: &Call, exchange: &Exchange) -> Result<Outcome, String> {
        let importing = matches!(call, Call::ImportPage { .. });
        let prefix = if importing { "Import failed" } else { "Error authenticating" };
        let answer = answer::success(exchange).map_err(|reason| format!("{prefix}: {reason}"))?;
        let list = answer::list(answer)?;
        if let Call::ImportPage { groups, start } = *call {
            self.take_in(groups, &list.resources);
            let next = start + PAGE;
            if next <= list.total && !list.resources.is_empty() {
                if next > PAGE * PAGES {
                    return Err(format!("Import failed: more than {PAGES} pages"));
                }
                self.queue.push_front(Call::ImportPage { groups, start: next });
            } else if !groups && matches!(self.spec.what, What::Import { groups: true }) {
                self.queue.push_back(Call::ImportPage { groups: true, start: 1 });
            }
        }
        Ok(Outcome::Go)
    }

    fn take_in(&mut self, groups: bool, resources: &[Value]) {
        let (name, known) =
            if groups { ("displayName", &mut self.learned.groups) } else { ("userName", &mut self.learned.users) };
        for resource in resources {
            // Inactive resources are skipped (CONCEPT).
            let inactive = resource.get("active") == Some(&Value::Bool(false));
            if let (Some(id), Some(name), false) =
                (answer::id(resource), resource.get(name).and_then(Value::as_str), inactive)
            {
                known.insert(name.to_owned(), id);
            }
        }
    }
}
