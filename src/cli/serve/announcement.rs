//! The lines that a server prints once it accepts connections.

use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::super::certificate::Certificate;
use super::super::stored::data_flag;
use crate::base::Secret;
use crate::server::defects;
use crate::store::Bootstrap;

/// The addresses and secrets of a server.
pub(super) struct Announcement<'a> {
    pub(super) base_url: &'a str,
    pub(super) first: &'a Bootstrap,
    pub(super) certificate: Option<&'a Certificate>,
    /// The store's file; `None` for an ephemeral store.
    pub(super) file: Option<&'a Path>,
}

impl Announcement<'_> {
    fn scim_url(&self) -> String {
        format!("{}/scim/v2/{}", self.base_url, self.first.directory.external_key)
    }

    fn events_url(&self) -> String {
        format!("{}/events", self.base_url)
    }

    /// Prints one line of JSON.
    pub(super) fn print_json(&self) -> Result<()> {
        let mut line = json!({
            "scim_url": self.scim_url(),
            "token": self.first.token.as_ref().map(Secret::expose),
            "events_url": self.events_url(),
            "api_url": self.base_url,
            "api_key": self.first.api_key.as_ref().map(Secret::expose),
            "organization_id": self.first.directory.organization_id,
            "directory_id": self.first.directory.id,
        });
        if let (Some(Certificate { tls, file, .. }), Some(line)) = (self.certificate, line.as_object_mut()) {
            line.insert("certificate".to_owned(), file.display().to_string().into());
            line.insert("certificate_sha256".to_owned(), tls.fingerprint().into());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }

    /// Prints lines for a person. Commands in them work when they are pasted.
    pub(super) fn print_text(&self, defect_names: &[String]) -> Result<()> {
        let directory = &self.first.directory;
        let store = self.file.map_or_else(|| "a temporary store".to_owned(), |file| file.display().to_string());
        let data = self.file.map(data_flag).unwrap_or_default();
        let shown = |secret: &Option<Secret>, command: String| match secret {
            Some(secret) => format!("{}  (shown only once)", secret.expose()),
            None => format!("not shown again; for a new one: {command}"),
        };
        let token = shown(&self.first.token, format!("scimulate directory rotate-token {}{data}", directory.id));
        let api_key = shown(&self.first.api_key, format!("scimulate api-key add{data}"));
        let mut out = anstream::stdout().lock();
        writeln!(out, "scimulate {} serves {store}\n", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "  SCIM URL      {}", self.scim_url())?;
        writeln!(out, "  SCIM token    {token}")?;
        writeln!(out, "  Events URL    {}", self.events_url())?;
        writeln!(out, "  API key       {api_key}")?;
        writeln!(out, "  Organization  {}", directory.organization_id)?;
        writeln!(out, "  Directory     {}", directory.id)?;
        if let Some(Certificate { tls, file, .. }) = self.certificate {
            writeln!(out, "  Certificate   {}", file.display())?;
            writeln!(out, "                SHA-256 {}", tls.fingerprint())?;
        }
        for name in defect_names {
            let breaks = defects::by_name(name).map_or("", |defect| defect.breaks);
            writeln!(out, "  Defect        {name}: {breaks}")?;
        }
        writeln!(out, "\nPress Ctrl-C to stop.")?;
        Ok(out.flush()?)
    }
}
