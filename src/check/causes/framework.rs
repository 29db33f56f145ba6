//! The framework behind a target, as far as its headers and error pages reveal it.

use serde_json::Value;

use crate::report::ExchangeReport;

/// A web framework whose mistakes with SCIM are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Framework {
    Express,
    Flask,
    Django,
    Spring,
    Rails,
    AspNet,
}

/// Headers that only one framework sends: name, beginning of the value, framework. Names are in lower case.
const HEADERS: [(&str, &str, Framework); 8] = [
    ("x-powered-by", "express", Framework::Express),
    ("server", "werkzeug", Framework::Flask),
    ("server", "wsgiserver", Framework::Django),
    ("server", "kestrel", Framework::AspNet),
    ("x-powered-by", "asp.net", Framework::AspNet),
    ("x-aspnet-version", "", Framework::AspNet),
    ("x-application-context", "", Framework::Spring),
    ("x-runtime", "", Framework::Rails),
];

/// Texts that occur only in the error responses of one framework.
const PAGES: [(&str, Framework); 11] = [
    ("<pre>Cannot ", Framework::Express),
    ("<title>405 Method Not Allowed</title>\n<h1>", Framework::Flask),
    ("<title>415 Unsupported Media Type</title>\n<h1>", Framework::Flask),
    ("Werkzeug Debugger", Framework::Flask),
    ("DEBUG = True", Framework::Django),
    ("Whitelabel Error Page", Framework::Spring),
    ("org.springframework", Framework::Spring),
    ("ActionController::", Framework::Rails),
    ("ActiveRecord::", Framework::Rails),
    ("Microsoft.AspNetCore", Framework::AspNet),
    ("https://tools.ietf.org/html/rfc9110#section-15", Framework::AspNet),
];

impl Framework {
    /// Returns the name for people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Express => "Express",
            Self::Flask => "Flask",
            Self::Django => "Django",
            Self::Spring => "Spring",
            Self::Rails => "Rails",
            Self::AspNet => "ASP.NET",
        }
    }

    /// Recognizes the framework by the headers of a response, whose names are in lower case.
    pub(in crate::check) fn of_headers(headers: &[(String, String)]) -> Option<Self> {
        let sent = |name: &str, value: &str| {
            headers.iter().any(|(key, have)| key == name && have.to_ascii_lowercase().starts_with(value))
        };
        HEADERS.iter().find(|(name, value, _)| sent(name, value)).map(|(.., framework)| *framework)
    }

    /// Recognizes the framework by an error response.
    pub(super) fn of_error(exchange: &ExchangeReport) -> Option<Self> {
        exchange.status.filter(|status| *status >= 400)?;
        let text = match exchange.response_body.as_ref()? {
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        PAGES.iter().find(|(part, _)| text.contains(part)).map(|(_, framework)| *framework)
    }
}
