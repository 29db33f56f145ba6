//! Suggestions for a name that does not exist.

/// The largest number of edits between a name and the one that is suggested.
const EDITS: usize = 2;

/// Returns the known name with the fewest edits, without regard to case, if they are few.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let edits = |other: &str| strsim::damerau_levenshtein(&lower, &other.to_lowercase());
    let (best, edits) = known.into_iter().map(|other| (other, edits(other))).min_by_key(|(_, edits)| *edits)?;
    (edits <= EDITS && edits < lower.chars().count()).then_some(best)
}

/// Returns what an error says after an unknown name: the nearest name, or the rest of the sentence if none is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(name, known).map_or_else(|| otherwise.to_owned(), |nearest| format!("did you mean {nearest:?}?"))
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn the_list_of_names_is_for_names_that_are_like_none() {
        assert_eq!(did_you_mean("tittle", ["title"], "the names are title"), "did you mean \"title\"?");
        assert_eq!(did_you_mean("bob", ["title"], "the names are title"), "the names are title");
    }

    #[test]
    fn only_similar_names_are_suggested() {
        assert_eq!(nearest("tittle", ["name", "title"]), Some("title"));
        assert_eq!(nearest("Ada", ["ada"]), Some("ada"));
        assert_eq!(nearest("bob", ["ada"]), None);
        assert_eq!(nearest("ab", ["xy"]), None, "every letter differs");
    }
}
