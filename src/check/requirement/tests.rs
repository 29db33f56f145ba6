use std::collections::HashSet;

use super::*;
use crate::report::Level;

#[test]
fn ids_are_unique_and_carry_the_prefix_of_their_level() {
    let ids: HashSet<_> = Requirement::ALL.iter().map(|requirement| requirement.id()).collect();
    assert_eq!(ids.len(), Requirement::ALL.len());
    for requirement in Requirement::ALL {
        let prefix = requirement.id().split('/').next().unwrap();
        let fits = match requirement.level() {
            Level::Security => prefix == "security",
            Level::Okta => prefix == "okta" || prefix == "sim",
            Level::Review => prefix == "oin",
            Level::Must | Level::Should => prefix == "rfc" || prefix == "events",
            Level::Note => prefix == "note",
        };
        assert!(fits, "{} has level {}", requirement.id(), requirement.level().as_str());
        assert_eq!(Requirement::by_id(requirement.id()), Some(*requirement));
    }
}

#[test]
fn every_row_has_sources_and_whole_sentences() {
    for requirement in Requirement::ALL {
        let row = requirement.row();
        assert!(!row.sources.is_empty(), "{}", row.id);
        for text in [row.sentence, row.why, row.fix] {
            assert!(text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{text}");
        }
        for source in row.sources {
            let rfc = source.place.starts_with("RFC ") && source.place.contains('§');
            let key = source.place.starts_with(|c: char| c.is_ascii_uppercase()) || source.place.starts_with("test");
            match source.family {
                Family::Rfc => assert!(rfc, "{}: {}", row.id, source.place),
                Family::Okta => assert!(key && !rfc, "{}: {}", row.id, source.place),
                Family::Dsync => assert!(source.place.starts_with("workos-dsync "), "{}", row.id),
            }
        }
    }
}
