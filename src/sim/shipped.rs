//! The scenarios inside the binary.

use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "scenarios/"]
struct Embedded;

/// Returns the names, sorted.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> =
        Embedded::iter().filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
    names.sort();
    names
}

/// Returns the path in the repository and the text of a scenario.
#[must_use]
pub fn text(name: &str) -> Option<(String, String)> {
    let file = format!("{name}.toml");
    let data = Embedded::get(&file)?.data;
    Some((format!("scenarios/{file}"), String::from_utf8_lossy(&data).into_owned()))
}

/// Returns the name and the description of each scenario, sorted by name.
#[must_use]
pub fn list() -> Vec<(String, String)> {
    let about = |name: &str| toml::from_str::<Header>(&text(name)?.1).ok().map(|header| header.about);
    let row = |name: String| {
        let about = about(&name).unwrap_or_default();
        (name, about)
    };
    names().into_iter().map(row).collect()
}

/// The part of a scenario file that a list shows.
#[derive(Deserialize)]
struct Header {
    about: String,
}
