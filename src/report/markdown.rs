//! The report as Markdown, for the summary of a CI job or a comment.
//!
//! Text that a target sent is only in fenced blocks, whose fence is longer than any in the text.

use std::fmt::Write as _;

use super::finding::Finding;
use super::run::Run;
use super::text::{Detail, View, details, plain};
use super::verdict::Verdict;
use crate::base::escape_lines;

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
    let (code, why) = run.exit();
    let _ = writeln!(
        out,
        "{}",
        fenced(&format!(
            "target {}, profile {}, seed {}, run {}\n{} requests, exit code {code}: {why}",
            run.target, run.profile, run.seed, run.run_id, run.requests
        ))
        .trim_end()
    );
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
    fn own_sentences_keep_their_code_marks() {
        assert_eq!(prose("Store `a_b: <x>` from *PUT*."), "Store `a_b: <x>` from \\*PUT\\*.");
    }
}
