//! Patterns in which `*` matches any text.

/// Returns true if a text matches a glob, in which `*` matches any text.
///
/// ```
/// use scimulate::base::glob;
///
/// assert!(glob::matches("okta/*@oin", "okta/create/new@oin"));
/// assert!(!glob::matches("okta/*@oin", "okta/create/new@aiw"));
/// ```
#[must_use]
pub fn matches(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(tail)
}
