//! Credentials of a request: the forms that they come in, and their comparison with tokens. Pure, and in the same time for
//! every result.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::model::AuthForm;
use crate::base::secret::same_digest;
use crate::base::{Secret, limits};

/// The longest `Authorization` value that is parsed, in bytes. Tokens are far shorter, and the time taken to parse a long
/// one must not reveal the directory's form of authentication.
const AUTHORIZATION: usize = 1_024;

/// The digests of the live tokens of a directory. Zeros, which are not the digest of any text, fill unused places.
pub type Digests = [[u8; 32]; limits::LIVE_TOKENS];

/// The token that a request presents, parsed in every form, so that the time does not depend on the directory's form.
#[derive(Debug)]
pub struct Presented {
    whole: Secret,
    bearer: Option<Secret>,
    basic: Option<Secret>,
}

impl Presented {
    /// Parses the raw `Authorization` value.
    #[must_use]
    pub fn of(authorization: Option<&Secret>) -> Self {
        let value = authorization.map(Secret::expose).unwrap_or_default();
        let value = if value.len() > AUTHORIZATION { "" } else { value };
        let after = |scheme: &str| {
            let (given, rest) = value.split_once(' ')?;
            given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
        };
        let password = || {
            let pair = STANDARD.decode(after("Basic")?).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            pair.split_once(':').map(|(_, password)| Secret::new(password))
        };
        Self { whole: Secret::new(value), bearer: after("Bearer").map(Secret::new), basic: password() }
    }

    /// Returns the position of the token that was presented, among the tokens of a directory that expects this form. Compares
    /// with all of them; without a directory, with digests that no token has.
    #[must_use]
    pub fn matches(&self, directory: Option<(AuthForm, &Digests)>) -> Option<usize> {
        let (form, digests) = directory.unwrap_or((AuthForm::default(), &[[0; 32]; limits::LIVE_TOKENS]));
        let token = self.in_form(form);
        let digest = token.unwrap_or(&self.whole).digest();
        // One bit per token; all of them are compared.
        let matching =
            digests.iter().rev().fold(0_u8, |bits, token| (bits << 1) | u8::from(same_digest(token, &digest)));
        (matching != 0 && token.is_some()).then_some(matching.trailing_zeros() as usize)
    }

    fn in_form(&self, form: AuthForm) -> Option<&Secret> {
        match form {
            AuthForm::Bearer => self.bearer.as_ref(),
            AuthForm::Header => Some(&self.whole),
            AuthForm::Basic => self.basic.as_ref(),
        }
    }
}

/// Returns whether a key is among the API keys with these digests. Compares with all of them.
#[must_use]
pub fn is_api_key(key: &Secret, digests: &[[u8; 32]]) -> bool {
    let digest = key.digest();
    digests.iter().fold(0_u8, |bits, known| bits | u8::from(same_digest(known, &digest))) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_only_in_the_form_of_its_directory() {
        let [first, second] = ["one", "two"].map(|token| Secret::new(token).digest());
        let basic = format!("Basic {}", STANDARD.encode("okta:two"));
        for (value, form, position) in [
            ("Bearer one", AuthForm::Bearer, Some(0)),
            ("bearer  two ", AuthForm::Bearer, Some(1)),
            ("Bearer three", AuthForm::Bearer, None),
            ("one", AuthForm::Bearer, None),
            ("one", AuthForm::Header, Some(0)),
            (&basic, AuthForm::Basic, Some(1)),
            (&basic, AuthForm::Bearer, None),
            ("Bearer one", AuthForm::Basic, None),
            ("", AuthForm::Header, None),
        ] {
            let presented = Presented::of(Some(&Secret::new(value)));
            assert_eq!(presented.matches(Some((form, &[first, second]))), position, "{value} {form:?}");
            assert_eq!(presented.matches(None), None);
        }
        assert!(
            is_api_key(&Secret::new("two"), &[first, second]) && !is_api_key(&Secret::new("three"), &[first, second])
        );
    }
}
