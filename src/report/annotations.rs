//! Findings as workflow commands of GitHub Actions, which show them at the top of a job.

use std::fmt::Write as _;

use super::run::Run;
use super::verdict::Verdict;

/// Renders one command for each finding that is not accepted and not a note: `::error title=okta/…::…`.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut out = String::new();
    for finding in run.findings.iter().filter(|finding| !finding.accepted) {
        let command = match finding.verdict {
            verdict if run.fails(verdict) => "error",
            Verdict::Deviation | Verdict::Weak => "warning",
            _ => continue,
        };
        let text = format!("{}\n{}\nFix: {}", finding.title, finding.observation, finding.remedy());
        let _ = writeln!(out, "::{command} title={}::{}", property(&finding.id), data(&text));
    }
    out
}

/// Escapes the text of a command: a line break would end it, and a percent sign begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use crate::report::run::tests::{finding, result, run};

    #[test]
    fn a_finding_is_one_line_whatever_the_target_sent() {
        let mut run = run(vec![result("okta/create/new@oin", Verdict::Deviation)]);
        run.findings[0].observation = "POST /Users returned 100%\r\n::error::boo".to_owned();
        run.findings.push(finding("rfc/x:missing", Verdict::Weak, Level::Must, &["okta/create/new@oin"]));
        run.findings.push(finding("note/x:missing", Verdict::Note, Level::Note, &["okta/create/new@oin"]));
        let text = render(&run);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("::error title=oin/create-status%3Awrong-status%3Auser::A create"), "{text}");
        assert!(lines[0].contains("returned 100%25%0D%0A::error::boo%0AFix: "), "{text}");
        assert!(lines[1].starts_with("::warning title=rfc/x%3Amissing::"), "{text}");
    }
}
