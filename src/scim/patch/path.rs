//! Parses and prints PATCH paths (RFC 7644 figure 7).

use std::fmt;
use std::str::FromStr;

use super::Path;
use crate::scim::attr::is_name;
use crate::scim::{AttrPath, ScimError, filter};

impl From<AttrPath> for Path {
    fn from(attr: AttrPath) -> Self {
        Self { attr, filter: None, sub: None }
    }
}

impl FromStr for Path {
    type Err = ScimError;

    /// # Errors
    /// 400 `invalidPath`; 400 `invalidFilter` with the byte position in the path for an error in the brackets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(bracket) = text.find('[') else { return Ok(text.parse::<AttrPath>()?.into()) };
        let attr: AttrPath = text.get(..bracket).unwrap_or_default().parse()?;
        let refuse = |why: &str| {
            let shown: String = text.chars().take(200).collect();
            ScimError::invalid_path(format!("the path {shown:?} is malformed: {why}"))
        };
        if attr.sub.is_some() {
            return Err(refuse("brackets must follow an attribute, not a sub-attribute"));
        }
        let inside = text.get(bracket + 1..).unwrap_or_default();
        let index = inside.split(']').next().unwrap_or_default().trim();
        if index.is_empty() || index.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse("brackets must contain a filter such as [type eq \"work\"], not a position"));
        }
        let (filter, end) = filter::parse::bracketed(text, bracket)?;
        let sub = match text.get(end..).unwrap_or_default() {
            "" => None,
            rest => match rest.strip_prefix('.').filter(|sub| is_name(sub)) {
                Some(sub) => Some(sub.to_owned()),
                None => return Err(refuse("only a dot and a sub-attribute can follow the brackets")),
            },
        };
        Ok(Self { attr, filter: Some(filter), sub })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attr)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}
