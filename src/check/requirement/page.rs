//! The part of docs/requirements.md that the table makes.

use std::fmt::Write as _;

use super::row::Row;
use super::table::Requirement;

/// Renders the table as Markdown, with one row for each requirement.
#[must_use]
pub fn render() -> String {
    let mut page =
        String::from("| ID | level | client | capability | requirement | sources |\n|---|---|---|---|---|---|\n");
    for requirement in Requirement::ALL {
        let row = requirement.row();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            row.id,
            requirement.level().as_str(),
            row.client.map_or("both", crate::okta::ClientKind::as_str),
            row.capability.name(),
            row.sentence,
            sources(row)
        );
    }
    page
}

fn sources(row: &Row) -> String {
    let sources: Vec<String> =
        row.sources.iter().map(|source| format!("{} ({})", source.place, source.level.as_str())).collect();
    sources.join("; ")
}
