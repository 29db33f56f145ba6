//! The user's secrets, and their removal from everything that is shown, also where a target echoes them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::encode;
use super::redact::STARS;
use super::target::{Auth, Target};
use crate::base::escape;

/// The length from which a secret is removed from every text. A shorter one would match ordinary words; it is starred in
/// headers and curl lines only.
pub const REMOVED_FROM: usize = 8;

/// The forms of all secrets of a run: plain, base64, percent-encoded, and as each report format quotes them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The longest first, because one may be a part of another.
    forms: Vec<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("forms", &self.forms.len()).finish()
    }
}

impl Secrets {
    /// Returns the secrets of a target: its credentials and the values of additional headers.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        let mut secrets = Self::default();
        match &target.auth {
            Auth::None => {}
            Auth::Bearer(token) => secrets.add(token.expose()),
            Auth::Basic { user, password } => {
                secrets.add(password.expose());
                secrets.add(&format!("{user}:{}", password.expose()));
            }
            Auth::Raw(value) => {
                secrets.add(value.expose());
                // The credentials after a scheme.
                secrets.add(value.expose().split_once(' ').map_or("", |(_, credentials)| credentials));
            }
        }
        for (_, value) in &target.headers {
            secrets.add(value);
        }
        secrets
    }

    /// Adds a secret. One that is shorter than [`REMOVED_FROM`] is not added.
    pub fn add(&mut self, secret: &str) {
        if secret.len() < REMOVED_FROM {
            return;
        }
        self.forms.extend(forms(secret));
        self.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
    }

    /// Returns a text with each secret as `***`.
    ///
    /// ```
    /// use scimulate::wire::{Auth, Secrets, Target};
    ///
    /// let secrets = Secrets::of(&Target::new("https://h/scim", Auth::Bearer("t0k3n+s3cret".into())));
    /// assert_eq!(secrets.hide("t0k3n+s3cret, t0k3n%2Bs3cret, dDBrM24rczNjcmV0"), "***, ***, ***");
    /// ```
    #[must_use]
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.forms.iter().fold(Cow::Borrowed(text), |text, form| {
            if text.contains(form.as_str()) { Cow::Owned(text.replace(form.as_str(), STARS)) } else { text }
        })
    }

    /// Replaces each secret by `***` in all strings and keys of a value.
    pub fn hide_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.hide(text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_json(item)),
            Value::Object(members) => {
                members.iter_mut().for_each(|(_, value)| self.hide_json(value));
                if members.keys().any(|key| matches!(self.hide(key), Cow::Owned(_))) {
                    let old: Map<String, Value> = std::mem::take(members);
                    members.extend(old.into_iter().map(|(key, value)| (self.hide(&key).into_owned(), value)));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn forms(secret: &str) -> Vec<String> {
    let percent = encode::component(secret);
    let standard = STANDARD.encode(secret);
    let json = Value::from(secret).to_string();
    let xml = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")];
    vec![
        secret.to_owned(),
        lower_hex(&percent),
        percent,
        encode::segment(secret),
        standard.trim_end_matches('=').to_owned(),
        standard,
        URL_SAFE_NO_PAD.encode(secret),
        json.trim_matches('"').to_owned(),
        xml.iter().fold(secret.to_owned(), |text, (character, entity)| text.replace(*character, entity)),
        secret.replace('\'', r"'\''"),
        escape(secret).into_owned(),
    ]
}

/// Returns percent-encoded text with lower-case hexadecimal digits.
fn lower_hex(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&hex.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(auth: Auth) -> Target {
        Target { headers: vec![("X-Key".into(), "h3ader/value".into())], ..Target::new("https://h/scim", auth) }
    }

    #[test]
    fn every_credential_is_hidden_in_every_form() {
        let basic = Auth::Basic { user: "ann".into(), password: "p&ss<'word".into() };
        for (auth, texts) in [
            (Auth::Bearer("t0k3n+s3cret".into()), vec!["t0k3n+s3cret", "t0k3n%2Bs3cret", "t0k3n%2bs3cret"]),
            (basic, vec!["p&ss<'word", "p&amp;ss&lt;&apos;word", "YW5uOnAmc3M8J3dvcmQ", "p%26ss%3C%27word"]),
            (Auth::Raw("Scheme raw-token".into()), vec!["Scheme raw-token", "raw-token"]),
            (Auth::None, vec!["h3ader/value", "h3ader%2Fvalue"]),
        ] {
            let secrets = Secrets::of(&target(auth));
            for text in texts {
                assert_eq!(secrets.hide(&format!("a {text} b")), "a *** b", "{text}");
            }
        }
    }

    #[test]
    fn short_secrets_and_other_texts_stay() {
        let secrets = Secrets::of(&Target::new("https://h/scim", Auth::Bearer("t".into())));
        assert_eq!(secrets.hide("a text"), "a text");
    }

    #[test]
    fn strings_and_keys_of_json_are_hidden() {
        let secrets = Secrets::of(&target(Auth::Bearer("s3cret-token".into())));
        let mut value = json!({"a": ["x s3cret-token"], "s3cret-token": 1, "b": {"c": "czNjcmV0LXRva2Vu"}});
        secrets.hide_json(&mut value);
        assert_eq!(value, json!({"a": ["x ***"], "***": 1, "b": {"c": "***"}}));
    }
}
