//! The report as Markdown, for the summary of a CI job or a comment.
//!
//! Text that a target sent is only in fenced blocks, whose fence is longer than any in the text.

use std::fmt::Write as _;

use super::finding::Finding;
use super::run::Run;
use super::text::{Detail, View, details, plain};
use super::verdict::Verdict;
use crate::base::{counted, escape_lines};

/// The number of findings that are shown in full. GitHub limits a summary to 1 MiB.
const SHOWN: usize = 50;

/// Renders the conclusion, the counts, and the findings that fail the run or would with another profile.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut out = format!("## scimulate {}\n\n{}", run.command.as_str(), fenced(&run.conclusion()));
    let counts =
        Verdict::ALL.iter().map(|(verdict, name)| (run.count(*verdict), *name)).filter(|(count, _)| *count > 0);
    let counts: Vec<(usize, &str)> = counts.collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    if !counts.is_empty() {
        out.push_str(&row(counts.iter().map(|(_, name)| (*name).to_owned()).collect()));
        out.push_str(&row(counts.iter().map(|_| "---".to_owned()).collect()));
        out.push_str(&row(counts.iter().map(|(count, _)| count.to_string()).collect()));
        out.push('\n');
    }
    let fails =
        |finding: &&Finding| !finding.accepted && (finding.verdict == Verdict::Deviation || run.fails(finding.verdict));
    let failing: Vec<&Finding> = run.findings.iter().filter(fails).collect();
    for finding in failing.iter().take(SHOWN) {
        let _ = writeln!(out, "### `{}`\n", finding.id);
        let _ = writeln!(out, "{} **Fix:** {}\n", prose(&finding.title), prose(finding.remedy()));
        let view = View { detail: Detail::Findings, width: None };
        let text = fenced(&plain(&details(finding, view)));
        let _ = writeln!(out, "<details><summary>{} results</summary>\n\n{text}</details>\n", finding.results.len());
    }
    if failing.len() > SHOWN {
        let _ = writeln!(out, "{} more findings: see the JSON report.\n", failing.len() - SHOWN);
    }
    out.push_str(&documentation(run));
    let (code, why) = run.exit();
    let _ = writeln!(
        out,
        "{}",
        fenced(&format!("{}\n{}, exit code {code}: {why}", identity(run), counted(run.requests, "request"))).trim_end()
    );
    out
}

/// Returns the target, and what identifies the run.
fn identity(run: &Run) -> String {
    let seed = run.seed.to_string();
    let parts = [("target", &run.target), ("profile", &run.profile), ("seed", &seed), ("run", &run.run_id)];
    let given = parts.iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

/// Renders the scenarios that a check does not run, folded.
fn documentation(run: &Run) -> String {
    if run.documentation.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<details><summary>Documentation: {} scenario{} about what Okta alone decides, which a check does not run</summary>\n\n",
        run.documentation.len(),
        if run.documentation.len() == 1 { "" } else { "s" }
    );
    for scenario in &run.documentation {
        let _ = writeln!(out, "- `{}`: {}", scenario.id, prose(&scenario.name));
    }
    out.push_str("\n</details>\n\n");
    out
}

/// Returns a text as a block whose content Markdown does not interpret.
fn fenced(text: &str) -> String {
    let text = escape_lines(text);
    let mut longest = 2;
    let mut ticks = 0;
    for c in text.chars() {
        ticks = if c == '`' { ticks + 1 } else { 0 };
        longest = longest.max(ticks);
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence}text\n{}\n{fence}\n\n", text.trim_end())
}

/// Escapes a sentence of the project's own, in which backticks mark code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut out = String::new();
    for c in text.chars() {
        is_code ^= c == '`';
        match c {
            '<' if !is_code => out.push_str("&lt;"),
            '*' | '_' | '[' | ']' if !is_code => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::Documentation;
    use crate::report::run::tests::{result, run};

    #[test]
    fn a_target_cannot_leave_its_block() {
        let mut run = run(vec![result("okta/create/new@oin", Verdict::Deviation)]);
        run.findings[0].observation = "POST /Users returned 200: ```\n# hello <img>".to_owned();
        let text = render(&run);
        assert!(text.contains("````text\ndeviation oin/create-status:wrong-status:user"), "{text}");
        assert!(text.contains("| deviation |\n| --- |\n| 1 |"), "{text}");
        assert!(text.contains("exit code 1: 1 finding fails the run"), "{text}");
        let outside: String = text.split("````").step_by(2).collect();
        assert!(!outside.contains("<img>"), "{text}");
    }

    #[test]
    fn scenarios_about_okta_alone_are_folded_and_follow_the_findings() {
        let mut run = run(vec![result("okta/create/new@oin", Verdict::Passed)]);
        assert!(!render(&run).contains("Documentation"));
        run.documentation.push(Documentation {
            id: "okta/suspend/suspend@aiw".to_owned(),
            name: "A suspended user keeps the account".to_owned(),
            why: String::new(),
            tags: Vec::new(),
        });
        let text = render(&run);
        assert!(text.contains("Documentation: 1 scenario "), "{text}");
        assert!(text.contains("- `okta/suspend/suspend@aiw`: A suspended user keeps the account\n"), "{text}");
    }

    #[test]
    fn own_sentences_keep_their_code_marks() {
        assert_eq!(prose("Store `a_b: <x>` from *PUT*."), "Store `a_b: <x>` from \\*PUT\\*.");
    }
}
