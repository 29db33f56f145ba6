//! Changes of members that fail in several forms for one reason.

use super::seen::{MemberChange, member_changes};
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};

fn client(result: &Judged) -> String {
    result.report.id.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Returns the faults that `is_cause` selects, each with its client.
fn causes(results: &[Judged], is_cause: impl Fn(&Judged, Requirement) -> bool) -> Vec<(String, Fault)> {
    let faults = results.iter().flat_map(|result| result.faults.iter().map(move |fault| (result, fault)));
    let causes = faults.filter(|(result, fault)| is_cause(result, fault.deviation.requirement));
    causes.map(|(result, fault)| (client(result), fault.clone())).collect()
}

/// Gives the faults of a requirement in a result the cause that the same client shows, if there is one.
fn explain(result: &mut Judged, explained: Requirement, causes: &[(String, Fault)]) {
    let of = client(result);
    let Some((_, cause)) = causes.iter().find(|(client, _)| *client == of) else { return };
    for fault in result.faults.iter_mut().filter(|fault| fault.deviation.requirement == explained) {
        fault.deviation.blame(cause.deviation.requirement, cause.deviation.kind);
    }
}

/// A large group that lacks members is cut only if the same client's small groups have theirs.
pub(super) fn explain_large_groups(results: &mut [Judged]) {
    use Requirement::{AddMembers, GroupCreateMembers, ManyMembers, PutMembers, ReplaceMembers};
    let small = causes(results, |_, requirement| {
        matches!(requirement, AddMembers | GroupCreateMembers | PutMembers | ReplaceMembers)
    });
    for result in results {
        explain(result, ManyMembers, &small);
    }
}

/// A server that adds the members which it should replace does so with and without a path.
pub(super) fn explain_replacements(results: &mut [Judged]) {
    use Requirement::{PathlessMembers, ReplaceMembers};
    let with_path =
        causes(results, |result, requirement| requirement == ReplaceMembers && adds_instead(result, "replace"));
    for result in results.iter_mut().filter(|result| adds_instead(result, "pathless")) {
        explain(result, PathlessMembers, &with_path);
    }
}

/// Returns true if after each change of this form the group has the members of before and those that were sent.
fn adds_instead(result: &Judged, op: &str) -> bool {
    let keeps_all =
        |change: &MemberChange<'_>| change.after == change.before.iter().chain(&change.sent).cloned().collect();
    let changes = member_changes(&result.report.exchanges);
    let mut of_this = changes.iter().filter(|change| change.op == op).peekable();
    of_this.peek().is_some() && of_this.all(keeps_all)
}
