//! The feature files, embedded in the binary.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "features/"]
struct Embedded;

/// One feature file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureFile {
    /// `features/okta/create.feature`
    pub path: String,
    pub text: String,
}

/// Returns every embedded feature file, ordered by path.
#[must_use]
pub fn embedded() -> Vec<FeatureFile> {
    let mut paths: Vec<Cow<'static, str>> = Embedded::iter().collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.ends_with(".feature"))
        .filter_map(|path| {
            let file = Embedded::get(path)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some(FeatureFile { path: format!("features/{path}"), text })
        })
        .collect()
}
