//! Content negotiation between two media types (RFC 9110 section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// Two media types, one of which is the default.
#[derive(Debug, Clone, Copy)]
pub struct Alternatives {
    /// The type of a response unless the client prefers the other.
    pub default: &'static str,
    /// The other type.
    pub other: &'static str,
}

impl Alternatives {
    /// Returns true if `Accept` gives the other type a higher weight than the default. If both weigh the same, or
    /// neither is acceptable, the default is used: RFC 9110 allows that instead of 406.
    #[must_use]
    pub fn prefers_other(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(ACCEPT).iter();
        let (first, second) = (given.next(), given.next());
        // The common cases need no parsing.
        let is_plain = |accepted: &[u8]| accepted == self.default.as_bytes() || accepted == b"*/*";
        if second.is_none() && first.is_none_or(|accepted| is_plain(accepted.as_bytes())) {
            return false;
        }
        let (mut default, mut other) = (Preference::default(), Preference::default());
        let lines = [first, second].into_iter().flatten().chain(given).filter_map(|line| line.to_str().ok());
        for (range, weight) in lines.flat_map(|line| line.split(',')).filter_map(weighted_range) {
            default.consider(&range, self.default, weight);
            other.consider(&range, self.other, weight);
        }
        other.weight > default.weight
    }
}

/// The weight of a media type in thousandths, taken from the most specific range that includes it.
#[derive(Default)]
struct Preference {
    specificity: u8,
    weight: u16,
}

impl Preference {
    fn consider(&mut self, range: &str, media_type: &str, weight: u16) {
        let top_level = media_type.split('/').next().unwrap_or_default();
        let specificity = match range {
            "*/*" => 1,
            range if range.strip_suffix("/*") == Some(top_level) => 2,
            range if range == media_type => 3,
            _ => return,
        };
        if specificity > self.specificity || (specificity == self.specificity && weight > self.weight) {
            *self = Self { specificity, weight };
        }
    }
}

/// Parses a range, without its parameters and in lower case, and its weight. Returns `None` if the weight is malformed.
/// Parameters are ignored because neither type has one that would distinguish representations.
fn weighted_range(element: &str) -> Option<(String, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let weight = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    Some((range, weight.map_or(Some(1_000), |(_, weight)| thousandths(weight.trim()))?))
}

/// Parses a weight: 0 or 1 with up to three decimals (RFC 9110 section 12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let valid = matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = valid.then(|| format!("{whole}{fraction:0<3}").parse().ok()).flatten();
    thousandths.filter(|weight| *weight <= 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCIM_OR_JSON: Alternatives = Alternatives { default: "application/scim+json", other: "application/json" };

    fn prefers_json(lines: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        SCIM_OR_JSON.prefers_other(&headers)
    }

    #[test]
    fn the_other_type_is_chosen_when_it_weighs_more() {
        for lines in [
            &["application/json"][..],
            &["Application/JSON; charset=utf-8"],
            &["application/json, text/html;q=0.9"],
            &["application/scim+json;q=0.5, application/json"],
            &["application/scim+json;q=0.5", "application/json;q=0.501"],
            &["application/json, */*;q=0.1"],
            &["application/*;q=0.2,application/json ; Q = 0.300"],
            &["application/scim+json;q=0, */*"],
            &["application/scim+json;q=2, application/json;q=0.001"],
        ] {
            assert!(prefers_json(lines), "{lines:?}");
        }
    }

    #[test]
    fn the_default_is_chosen_otherwise() {
        for lines in [
            &[][..],
            &["application/scim+json"],
            &["application/scim+json; charset=utf-8"],
            &["*/*"],
            &["*/*", "*/*"],
            &["application/*"],
            &["application/json, application/scim+json"],
            &["application/json", "application/scim+json"],
            &["application/json, text/plain, */*"],
            &["application/json;q=0.5, application/*"],
            &["application/json;q=0"],
            &["application/json;q=0.0001"],
            &["text/html", "image/png"],
            &["application/jsonx", "json"],
            &[""],
            &[";;,,=;q"],
        ] {
            assert!(!prefers_json(lines), "{lines:?}");
        }
    }
}
