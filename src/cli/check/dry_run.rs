//! `--dry-run`: prints what would be judged and what that takes. Nothing is sent.

use std::io::{self, Write};

use crate::base::counted;
use crate::check::{Case, effort};

/// Prints the results that would be judged, the number of requests and users, and the limit.
pub(super) fn print(out: &mut impl Write, cases: &[Case], with_events: bool) -> io::Result<()> {
    let mut results = 0;
    for case in cases {
        writeln!(out, "{}\t{}\t{}", case.id, case.name, case.tags.join(" "))?;
        results += 1;
        if with_events && case.asserts_events() {
            writeln!(out, "{}#events\t{}\t{}", case.id, case.name, case.tags.join(" "))?;
            results += 1;
        }
    }
    let effort = effort::expected(cases, with_events);
    let (results, users) = (counted(results, "result"), counted(effort.users, "user"));
    writeln!(out, "{results}, about {} and {users}; nothing was sent", counted(effort.requests, "request"))
}
