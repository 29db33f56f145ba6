//! Endpoints: their paths and their methods.

use http::Method;

use super::super::error::RequestError;
use super::super::query::{decode, short};
use crate::scim::{Kind, ScimError};

/// A discovery document (RFC 7644 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    ServiceProviderConfig,
    ResourceTypes(Option<String>),
    Schemas(Option<String>),
}

/// An endpoint below the SCIM URL of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// All resources of all types (RFC 7644 section 3.4.2.1).
    Root,
    Collection(Kind),
    Resource(Kind, String),
    Discovery(Document),
    /// `/.search` of a collection, or of all collections at the root.
    Search(Option<Kind>),
    Me,
    Bulk,
}

impl Route {
    /// Parses the part of the path after the key of the directory. One trailing slash is allowed.
    pub(super) fn parse(tail: &str) -> Result<Self, ScimError> {
        let segments = tail.strip_suffix('/').unwrap_or(tail).split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let kind = |name: &str| [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == name);
        let route = match segments.as_slice() {
            [""] if tail.is_empty() => Some(Self::Root),
            ["ServiceProviderConfig"] => Some(Self::Discovery(Document::ServiceProviderConfig)),
            ["ResourceTypes"] => Some(Self::Discovery(Document::ResourceTypes(None))),
            ["ResourceTypes", id] => Some(Self::Discovery(Document::ResourceTypes(Some((*id).to_owned())))),
            ["Schemas"] => Some(Self::Discovery(Document::Schemas(None))),
            ["Schemas", id] => Some(Self::Discovery(Document::Schemas(Some((*id).to_owned())))),
            ["Me"] => Some(Self::Me),
            ["Bulk"] => Some(Self::Bulk),
            [".search"] => Some(Self::Search(None)),
            [endpoint, ".search"] => kind(endpoint).map(|kind| Self::Search(Some(kind))),
            [endpoint] => kind(endpoint).map(Self::Collection),
            [endpoint, id] if !id.is_empty() => kind(endpoint).map(|kind| Self::Resource(kind, (*id).to_owned())),
            _ => None,
        };
        route.ok_or_else(|| {
            ScimError::not_found(format!(
                "there is no endpoint /{}; the endpoints are /Users, /Groups, /Me, /Bulk, /.search, \
                 /ServiceProviderConfig, /ResourceTypes and /Schemas",
                short(tail)
            ))
        })
    }

    /// Returns the method if the endpoint supports it, with GET in place of HEAD.
    pub(super) fn admits(&self, method: &Method) -> Result<Method, RequestError> {
        let (allowed, methods): (&'static str, &[Method]) = match self {
            Self::Collection(_) => ("GET, HEAD, POST", &[Method::GET, Method::POST]),
            Self::Resource(..) => {
                ("GET, HEAD, PUT, PATCH, DELETE", &[Method::GET, Method::PUT, Method::PATCH, Method::DELETE])
            }
            Self::Root | Self::Discovery(_) => ("GET, HEAD", &[Method::GET]),
            Self::Me => (
                "GET, HEAD, POST, PUT, PATCH, DELETE",
                &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
            ),
            Self::Bulk | Self::Search(_) => ("POST", &[Method::POST]),
        };
        let read = if *method == Method::HEAD { &Method::GET } else { method };
        if methods.contains(read) { Ok(read.clone()) } else { Err(RequestError::Method(allowed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_map_to_endpoints() {
        assert_eq!(Route::parse("Users").unwrap(), Route::Collection(Kind::User));
        assert_eq!(Route::parse("Users/").unwrap(), Route::Collection(Kind::User));
        assert_eq!(Route::parse("Groups/a%3Ab").unwrap(), Route::Resource(Kind::Group, "a:b".to_owned()));
        assert_eq!(Route::parse("Groups/.search").unwrap(), Route::Search(Some(Kind::Group)));
        assert_eq!(Route::parse(".search").unwrap(), Route::Search(None));
        assert_eq!(Route::parse("").unwrap(), Route::Root);
        for unknown in ["/", "//", "Nothing/.search", "users", "Users/1/2", "Users//", "Nothing", "Users/1//"] {
            assert_eq!(Route::parse(unknown).unwrap_err().status, 404, "{unknown}");
        }
        assert_eq!(Route::parse("Users/%").unwrap_err().status, 400);
    }

    #[test]
    fn each_endpoint_has_its_methods() {
        let users = Route::Collection(Kind::User);
        assert_eq!(users.admits(&Method::HEAD).unwrap(), Method::GET);
        assert_eq!(users.admits(&Method::DELETE).unwrap_err(), RequestError::Method("GET, HEAD, POST"));
        let one = Route::Resource(Kind::User, "1".to_owned());
        assert!(one.admits(&Method::POST).is_err() && one.admits(&Method::PATCH).is_ok());
    }
}
