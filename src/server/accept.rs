//! In which media type the client wants its answer (RFC 7644 section 3.8, RFC 9110 section 12.5.1).

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::response::{JSON, SCIM_JSON};

/// Whether the client accepts `application/json`, and that rather than `application/scim+json`. Where it likes both as
/// much, or neither, the answer is what SCIM says: better one in another type than none.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(ACCEPT).iter();
    let (first, second) = (given.next(), given.next());
    // What nearly everybody sends.
    if second.is_none() && first.is_none_or(|accepted| matches!(accepted.as_bytes(), b"application/scim+json" | b"*/*"))
    {
        return false;
    }
    let (mut scim, mut json) = (Liking::default(), Liking::default());
    let lines = [first, second].into_iter().flatten().chain(given).filter_map(|line| line.to_str().ok());
    for (range, weight) in lines.flat_map(|line| line.split(',')).filter_map(weighed) {
        scim.hear(&range, "application/scim+json", weight);
        json.hear(&range, "application/json", weight);
    }
    json.weight > scim.weight
}

/// Gives a SCIM answer the other media type.
pub(super) fn as_json(headers: &mut HeaderMap<HeaderValue>) {
    if headers.get(CONTENT_TYPE) == Some(&SCIM_JSON) {
        headers.insert(CONTENT_TYPE, JSON);
    }
}

/// How much a type is liked, in thousandths: what the narrowest range says that holds it.
#[derive(Default)]
struct Liking {
    narrowness: u8,
    weight: u16,
}

impl Liking {
    fn hear(&mut self, range: &str, media_type: &str, weight: u16) {
        let narrowness = match range {
            "*/*" => 1,
            "application/*" => 2,
            other if other == media_type => 3,
            _ => return,
        };
        if narrowness > self.narrowness || (narrowness == self.narrowness && weight > self.weight) {
            *self = Self { narrowness, weight };
        }
    }
}

/// A range without its parameters, in lower case, and its weight; none where that is malformed. Both types have no
/// parameter that would tell representations apart.
fn weighed(element: &str) -> Option<(String, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let weight = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    Some((range, weight.map_or(Some(1_000), |(_, weight)| thousandths(weight.trim()))?))
}

/// `0`, `1`, or up to three digits after the point (RFC 9110 section 12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let sound = matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = sound.then(|| format!("{whole}{fraction:0<3}").parse().ok()).flatten();
    thousandths.filter(|weight| *weight <= 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefers(lines: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        prefers_json(&headers)
    }

    #[test]
    fn json_is_given_to_whoever_wants_it_more() {
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
            assert!(prefers(lines), "{lines:?}");
        }
    }

    #[test]
    fn everybody_else_gets_scim() {
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
            assert!(!prefers(lines), "{lines:?}");
        }
    }
}
