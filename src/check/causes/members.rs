//! Changes of members that fail in several forms for one reason.

use super::seen::{MemberChange, member_changes};
use crate::check::requirement::Requirement;
use crate::check::results::{Fault, Judged};

fn client(result: &Judged) -> String {
    result.report.id.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Returns the faults of the same client that `is_cause` selects, each with the client.
fn causes(results: &[Judged], is_cause: impl Fn(&Fault) -> bool) -> Vec<(String, Fault)> {
    let faults = results.iter().flat_map(|result| result.faults.iter().map(move |fault| (result, fault)));
    faults.filter(|(_, fault)| is_cause(fault)).map(|(result, fault)| (client(result), fault.clone())).collect()
}

fn explain(fault: &mut Fault, cause: &Fault) {
    fault.deviation.alone = Some(fault.deviation.requirement);
    (fault.deviation.requirement, fault.deviation.kind) = (cause.deviation.requirement, cause.deviation.kind);
}

/// A large group that lacks members is cut only if the same client's small groups have theirs.
pub(super) fn explain_large_groups(results: &mut [Judged]) {
    use Requirement::{AddMembers, GroupCreateMembers, ManyMembers, PutMembers, ReplaceMembers};
    let small = causes(results, |fault| {
        matches!(fault.deviation.requirement, AddMembers | GroupCreateMembers | PutMembers | ReplaceMembers)
    });
    for result in results.iter_mut() {
        let of = client(result);
        let Some((_, cause)) = small.iter().find(|(client, _)| *client == of) else { continue };
        for fault in result.faults.iter_mut().filter(|fault| fault.deviation.requirement == ManyMembers) {
            explain(fault, cause);
        }
    }
}

/// A server that adds the members which it should replace does so with and without a path.
pub(super) fn explain_replacements(results: &mut [Judged]) {
    use Requirement::{PathlessMembers, ReplaceMembers};
    let adds = |result: &Judged, op: &str| {
        let changes = member_changes(&result.report.exchanges);
        let mut of_this = changes.iter().filter(|change| change.op == op).peekable();
        of_this.peek().is_some() && of_this.all(|change| keeps_all(change))
    };
    let replacing: Vec<&Judged> = results
        .iter()
        .filter(|result| result.faults.iter().any(|fault| fault.deviation.requirement == ReplaceMembers))
        .collect();
    let adding: Vec<String> =
        replacing.iter().filter(|result| adds(result, "replace")).map(|result| client(result)).collect();
    let with_path = causes(results, |fault| fault.deviation.requirement == ReplaceMembers);
    for result in results.iter_mut().filter(|result| adds(result, "pathless")) {
        let of = client(result);
        let cause = with_path.iter().find(|(client, _)| *client == of).filter(|_| adding.contains(&of));
        let Some((_, cause)) = cause else { continue };
        for fault in result.faults.iter_mut().filter(|fault| fault.deviation.requirement == PathlessMembers) {
            explain(fault, cause);
        }
    }
}

/// Returns true if the group has the members of before and those that were sent.
fn keeps_all(change: &MemberChange<'_>) -> bool {
    change.after == change.before.iter().chain(&change.sent).cloned().collect()
}
