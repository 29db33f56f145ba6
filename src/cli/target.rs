//! The flags of every command with a target, and the built-in reference for commands without one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Usage, ValueError};
use crate::base::{Secret, limits};
use crate::server::InProcess;
use crate::wire::secrets::REMOVED_FROM;
use crate::wire::{Auth, Target};

/// Credentials, certificates and time-out.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Target")]
pub struct TargetArgs {
    /// Bearer token
    #[arg(long, value_name = "T", value_parser = secret, conflicts_with_all = ["token_file", "basic", "header_token"])]
    pub token: Option<Secret>,
    /// File with the bearer token; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["basic", "header_token"])]
    pub token_file: Option<PathBuf>,
    /// User name and password for Basic authentication
    #[arg(long, value_name = "USER:PASS", value_parser = secret, conflicts_with = "header_token")]
    pub basic: Option<Secret>,
    /// Full value of the Authorization header
    #[arg(long, value_name = "T", value_parser = secret)]
    pub header_token: Option<Secret>,
    /// Additional header for every request (repeatable)
    #[arg(long, value_name = "N: V", value_parser = header)]
    pub header: Vec<(String, String)>,
    /// PEM file with certificates to trust, in addition to the usual ones
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Accept any certificate
    #[arg(long)]
    pub insecure: bool,
    /// Time limit for one request, response included [default: 60s for what Okta sends, 10s for all others]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}

impl TargetArgs {
    /// Builds the target for a base URL.
    ///
    /// # Errors
    /// [`Usage`]: the URL is not an http(s) URL, `--basic` has no colon, or `--ca-cert` contains no certificate.
    pub fn target(&self, url: &str) -> Result<Target, Usage> {
        let parsed: http::Uri = url.parse().map_err(|error| {
            Usage(format!("{url:?} is not a URL ({error}): expected a URL such as https://example.com/scim/v2"))
        })?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() || parsed.query().is_some()
        {
            return Err(Usage(format!(
                "{url:?} is not a SCIM base URL: expected a URL such as https://example.com/scim/v2"
            )));
        }
        if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(Usage(
                "the URL contains a user name or password: remove it and use --basic USER:PASS".to_owned(),
            ));
        }
        let token = match &self.token_file {
            Some(file) => Some(read_token(file)?),
            None => self.token.clone(),
        };
        let auth = match (&token, &self.basic, &self.header_token) {
            (Some(token), _, _) => Auth::Bearer(token.clone()),
            (_, Some(pair), _) => match pair.expose().split_once(':') {
                Some((user, password)) => Auth::Basic { user: user.to_owned(), password: Secret::new(password) },
                None => return Err(Usage("--basic expects USER:PASS, separated by a colon".to_owned())),
            },
            (_, _, Some(value)) => Auth::Raw(value.clone()),
            _ => Auth::None,
        };
        let target = Target {
            headers: self.header.clone(),
            ca_cert: self.ca_cert.clone(),
            insecure: self.insecure,
            timeout: self.timeout.unwrap_or(limits::CLIENT_TIMEOUT),
            ..Target::new(url, auth)
        };
        target.verify().map_err(|error| Usage(error.to_string()))?;
        Ok(target)
    }

    /// Builds the target of the simulated Okta, which waits for a response as long as Okta does.
    ///
    /// # Errors
    /// As [`TargetArgs::target`].
    pub fn okta_target(&self, url: &str) -> Result<Target, Usage> {
        Ok(Target { timeout: self.timeout.unwrap_or(limits::OKTA_TIMEOUT), ..self.target(url)? })
    }

    /// Returns these flags for a command that repeats the run, with shell variables in place of secrets.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let credentials = [
            (&self.token, "--token \"$TOKEN\""),
            (&self.basic, "--basic \"$USER_PASS\""),
            (&self.header_token, "--header-token \"$TOKEN\""),
        ];
        let file = self.token_file.iter().map(|file| format!("--token-file {}", file.display()));
        let given = credentials.iter().filter(|(value, _)| value.is_some());
        let mut words: Vec<String> = given.map(|(_, flag)| (*flag).to_owned()).chain(file).collect();
        words.extend(self.header.iter().map(|(name, _)| format!("--header '{name}: …'")));
        words.extend(self.ca_cert.iter().map(|file| format!("--ca-cert {}", file.display())));
        if self.insecure {
            words.push("--insecure".to_owned());
        }
        words.extend(self.timeout.map(|timeout| format!("--timeout {}ms", timeout.as_millis())));
        words
    }

    /// Returns the flags that describe a server, as far as they were given.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            ("--token", self.token.is_some()),
            ("--token-file", self.token_file.is_some()),
            ("--basic", self.basic.is_some()),
            ("--header-token", self.header_token.is_some()),
            ("--header", !self.header.is_empty()),
            ("--ca-cert", self.ca_cert.is_some()),
            ("--insecure", self.insecure),
        ];
        flags.into_iter().filter_map(|(flag, given)| given.then_some(flag))
    }

    /// Prints a warning for each secret that is too short to be removed from every output.
    pub(super) fn warn_of_short_secrets(&self) {
        let basic = self.basic.as_ref().and_then(|pair| pair.expose().split_once(':'));
        let token = self.token.as_ref().or(self.header_token.as_ref()).map(Secret::expose);
        let secrets = token.into_iter().chain(basic.map(|(_, password)| password));
        let values = self.header.iter().map(|(_, value)| value.as_str());
        if secrets.chain(values).any(|secret| secret.len() < REMOVED_FROM) {
            anstream::eprintln!(
                "warning: a token, password or header of fewer than {REMOVED_FROM} characters is hidden in headers and curl commands only, not where the server repeats it"
            );
        }
    }

    /// Builds the target for `url`, if there is one, and sends nothing. `more` is that of
    /// [`TargetArgs::target_or_reference`].
    ///
    /// # Errors
    /// As [`TargetArgs::target`]; when a flag describes a server but there is no URL.
    pub fn assert_usable(&self, url: Option<&str>, more: &[(&'static str, bool)]) -> Result<Option<Target>, Usage> {
        if let Some(url) = url {
            return self.target(url).map(Some);
        }
        let more = more.iter().filter_map(|(flag, given)| given.then_some(*flag));
        match self.given().chain(more).next() {
            None => Ok(None),
            Some(flag) => Err(Usage(format!(
                "{flag} describes your server, but there is no URL (an empty variable?): without one the built-in reference would be used"
            ))),
        }
    }

    /// Builds the target for `url`; without one, starts a reference with an ephemeral store and says so. `more` lists
    /// further flags that describe a server, and which of them were given.
    ///
    /// # Errors
    /// As [`TargetArgs::target`]; when a flag describes a server but there is no URL; when the reference cannot start.
    pub fn target_or_reference(
        &self,
        url: Option<&str>,
        verb: &str,
        more: &[(&'static str, bool)],
    ) -> anyhow::Result<(Target, Option<InProcess>)> {
        if let Some(target) = self.assert_usable(url, more)? {
            self.warn_of_short_secrets();
            return Ok((target, None));
        }
        anstream::eprintln!("No URL given: {verb} the built-in reference, not your server");
        let reference = InProcess::start(Vec::new())?;
        let target = Target {
            timeout: self.timeout.unwrap_or(limits::CLIENT_TIMEOUT),
            ..Target::new(reference.scim_url.clone(), Auth::Bearer(reference.token.clone()))
        };
        Ok((target, Some(reference)))
    }
}

/// Reads a token from a file, or from stdin for `-`.
fn read_token(file: &Path) -> Result<Secret, Usage> {
    let text =
        if file == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|error| Usage(format!("--token-file: cannot read {}: {error}", file.display())))?;
    match text.trim() {
        "" => Err(Usage(format!("--token-file: {} is empty", file.display()))),
        token => Ok(Secret::new(token)),
    }
}

#[allow(clippy::unnecessary_wraps)] // required by clap
pub(super) fn secret(text: &str) -> Result<Secret, ValueError> {
    Ok(Secret::new(text))
}

/// Parses `Name: value`.
fn header(text: &str) -> Result<(String, String), ValueError> {
    let (name, value) = text.split_once(':').ok_or(ValueError::Header)?;
    let (name, value) = (name.trim(), value.trim());
    http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| ValueError::HeaderName(name.to_owned()))?;
    http::HeaderValue::from_str(value).map_err(|_| ValueError::HeaderValue(name.to_owned()))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Parses a duration longer than zero: `10s`, `1m 30s`, `500ms`.
///
/// # Errors
/// [`ValueError::Duration`].
pub fn duration(text: &str) -> Result<Duration, ValueError> {
    let signed: jiff::SignedDuration = text.parse().map_err(|_| ValueError::Duration)?;
    Duration::try_from(signed).ok().filter(|duration| !duration.is_zero()).ok_or(ValueError::Duration)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        target: TargetArgs,
    }

    fn target(words: &[&str]) -> Result<Target, String> {
        let flags = Flags::try_parse_from(std::iter::once(&"x").chain(words)).map_err(|error| error.to_string())?;
        flags.target.target("https://h/scim/").map_err(|error| error.to_string())
    }

    #[test]
    fn credentials_come_in_three_forms() {
        assert_eq!(target(&[]).unwrap().auth, Auth::None);
        assert_eq!(target(&["--token", "t"]).unwrap().auth, Auth::Bearer(Secret::new("t")));
        let basic = Auth::Basic { user: "u".into(), password: Secret::new("p:q") };
        assert_eq!(target(&["--basic", "u:p:q"]).unwrap().auth, basic);
        assert_eq!(target(&["--header-token", "raw"]).unwrap().auth, Auth::Raw(Secret::new("raw")));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "t0ken\n").unwrap();
        let path = file.path().to_str().unwrap();
        assert_eq!(target(&["--token-file", path]).unwrap().auth, Auth::Bearer(Secret::new("t0ken")));
        std::fs::write(file.path(), "\n").unwrap();
        assert!(target(&["--token-file", path]).unwrap_err().contains("is empty"));
        assert!(target(&["--token-file", "/nowhere"]).unwrap_err().contains("cannot read"));
        assert!(target(&["--token-file", path, "--token", "t"]).unwrap_err().contains("cannot be used with"));
        assert!(target(&["--basic", "u"]).unwrap_err().contains("USER:PASS"));
        assert!(target(&["--token", "t", "--basic", "u:p"]).unwrap_err().contains("cannot be used with"));
    }

    #[test]
    fn the_repeat_command_contains_no_secret() {
        let words = ["x", "--basic", "u:p4ss", "--header", "X-Key: s3cret", "--timeout", "2s", "--insecure"];
        let flags = Flags::parse_from(words).target;
        assert_eq!(flags.words(), ["--basic \"$USER_PASS\"", "--header 'X-Key: …'", "--insecure", "--timeout 2000ms"]);
        assert!(Flags::parse_from(["x"]).target.words().is_empty());
    }

    #[test]
    fn headers_and_durations_are_validated() {
        let target_ = target(&["--header", "X-Tenant: a:b", "--header", "Y:z", "--timeout", "1m 30s"]).unwrap();
        assert_eq!(target_.headers, [("X-Tenant".into(), "a:b".into()), ("Y".into(), "z".into())]);
        assert_eq!((target_.timeout, target_.base.as_str()), (Duration::from_secs(90), "https://h/scim"));
        let (given, none) = (Flags::parse_from(["x", "--timeout", "2s"]).target, Flags::parse_from(["x"]).target);
        let seconds = |target: Result<Target, Usage>| target.unwrap().timeout.as_secs();
        assert_eq!((seconds(given.target("https://h")), seconds(given.okta_target("https://h"))), (2, 2));
        assert_eq!((seconds(none.target("https://h")), seconds(none.okta_target("https://h"))), (10, 60));
        for wrong in [["--header", "no colon"], ["--header", "a b: c"], ["--timeout", "0s"], ["--timeout", "soon"]] {
            assert!(target(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_unusable_url_is_a_usage_error() {
        let flags = Flags::parse_from(["x"]).target;
        let message = flags.target("https://ann:p4ssw0rd@h/scim").unwrap_err().to_string();
        assert!(message.contains("--basic") && !message.contains("p4ssw0rd"), "{message}");
        for wrong in ["", "example.com/scim", "ftp://h/x", "https://h/scim?x=1", "/scim"] {
            let message = flags.target(wrong).unwrap_err().to_string();
            assert!(message.contains("https://example.com/scim/v2"), "{wrong:?}: {message}");
        }
    }
}
