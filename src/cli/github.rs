//! Reports for jobs of GitHub Actions: annotations, and the summary of the job.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::heard;
use crate::report::{Run, annotations, markdown};
use crate::wire::Secrets;

/// Prints the findings as annotations and appends the summary of the job, if this is a job of GitHub Actions.
///
/// # Errors
/// Stdout or the file of the summary cannot be written.
pub(super) fn report(run: &Run, secrets: &Secrets) -> anyhow::Result<()> {
    if std::env::var("GITHUB_ACTIONS").as_deref() != Ok("true") {
        return Ok(());
    }
    heard(anstream::stdout().lock().write_all(secrets.hide(&annotations::render(run)).as_bytes()))?;
    let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else { return Ok(()) };
    let summary = secrets.hide(&markdown::render(run)).into_owned();
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(&file);
    opened
        .and_then(|mut opened| opened.write_all(summary.as_bytes()))
        .with_context(|| format!("cannot append to GITHUB_STEP_SUMMARY {}", Path::new(&file).display()))
}
