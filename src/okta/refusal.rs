//! Targets that Okta refuses to connect an app to, before it sends anything.

use super::org::{ClientKind, Org};
use crate::wire::{Auth, Target};

/// The reason why Okta refuses a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedTarget {
    #[error(
        "an app of the OIN Wizard (oiw) connects only to https:// URLs; for a test on this machine, use a loopback address with --insecure"
    )]
    NotHttps,
    #[error("an app of the OIN Wizard (oiw) does not support Basic authentication; use --token or --header-token")]
    Basic,
}

/// Checks the target of an org's apps.
///
/// # Errors
/// One of the apps does not accept it: an app of the OIN Wizard requires HTTPS and no Basic authentication (OIW).
pub fn accepts(org: &Org, target: &Target) -> Result<(), RefusedTarget> {
    if org.apps().iter().all(|app| app.client != ClientKind::Oiw) {
        return Ok(());
    }
    if matches!(target.auth, Auth::Basic { .. }) {
        return Err(RefusedTarget::Basic);
    }
    let secure = target.base.starts_with("https://");
    if secure || (target.insecure && is_loopback(&target.base)) { Ok(()) } else { Err(RefusedTarget::NotHttps) }
}

fn is_loopback(base: &str) -> bool {
    let host = base.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oin_wizard_app_needs_https_and_no_basic_authentication() {
        let basic = Auth::Basic { user: "u".into(), password: "p".into() };
        for (client, base, auth, insecure, expected) in [
            (ClientKind::Oiw, "https://x.example/scim", Auth::None, false, Ok(())),
            (ClientKind::Oiw, "http://x.example/scim", Auth::None, true, Err(RefusedTarget::NotHttps)),
            (ClientKind::Oiw, "http://127.0.0.1:8080", Auth::None, false, Err(RefusedTarget::NotHttps)),
            (ClientKind::Oiw, "http://127.0.0.1:8080", Auth::None, true, Ok(())),
            (ClientKind::Oiw, "http://[::1]:8080", Auth::None, true, Ok(())),
            (ClientKind::Oiw, "https://x.example/scim", basic.clone(), false, Err(RefusedTarget::Basic)),
            (ClientKind::Oin, "http://x.example/scim", basic, false, Ok(())),
        ] {
            let target = Target { insecure, ..Target::new(base, auth) };
            assert_eq!(accepts(&Org::with_app("app", client), &target), expected, "{client} {base}");
        }
    }
}
