//! The characters of a user name.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::Error;
use precis_profiles::precis_core::profile::Profile as _;
use serde_json::Value;

use super::Schemas;
use crate::scim::resource::Kind;
use crate::scim::{Object, Rules, ScimError};

impl Schemas {
    /// Rejects a user name with a character that PRECIS disallows (RFC 7644 section 5 requires the UsernameCaseMapped
    /// profile of RFC 8265). Two names that differ only in an invisible character would look like one user.
    ///
    /// # Errors
    /// 400 `invalidValue`, naming the character.
    pub(crate) fn check_user_name(kind: Kind, document: &Object, rules: Rules) -> Result<(), ScimError> {
        let name = document.get("userName").and_then(Value::as_str);
        let Some(name) = name.filter(|_| rules.precis_user_names && kind == Kind::User) else { return Ok(()) };
        let problem = match UsernameCaseMapped::new().prepare(name) {
            Ok(_) => return Ok(()),
            Err(Error::BadCodepoint(bad)) => {
                format!("contains U+{:04X} as character {}", bad.cp, bad.position + 1)
            }
            Err(_) => "has no valid character".to_owned(),
        };
        Err(ScimError::invalid_value(format!(
            "userName {problem}, which RFC 8265 (UsernameCaseMapped) disallows; use letters, digits and ASCII punctuation"
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::Mode;

    fn check(name: &str, mode: Mode) -> Result<(), ScimError> {
        let document = Object::from_iter([("userName".to_owned(), json!(name))]);
        Schemas::check_user_name(Kind::User, &document, mode.into())
    }

    #[test]
    fn invisible_characters_and_blanks_are_rejected_in_strict_mode() {
        for (name, character) in [
            ("admin\u{200b}", "U+200B as character 6"),
            ("ad\u{ad}min", "U+00AD as character 3"),
            ("admin ", "U+0020 as character 6"),
            ("\u{a0}admin", "U+00A0 as character 1"),
            ("admin\u{202e}", "U+202E as character 6"),
        ] {
            let error = check(name, Mode::Strict).unwrap_err();
            assert_eq!(error.scim_type, Some(crate::scim::ScimType::InvalidValue));
            assert!(error.detail.contains(character), "{}", error.detail);
            assert!(check(name, Mode::Lenient).is_ok());
        }
    }

    #[test]
    fn names_in_other_scripts_and_widths_are_accepted() {
        for name in ["ada@example.com", "J.O'Neil+x_y-z", "Ürsula", "Οδος", "山田", "ａｄａ", "שלום"] {
            assert!(check(name, Mode::Strict).is_ok(), "{name}");
        }
    }
}
