//! The page at `/` and the page of a portal link: access, contents, and names from strangers, which stay text.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use scimulate::base::TestClock;
use scimulate::server::Settings;
use serde_json::{Value, json};

use crate::support::reference::{Reply, Server, user};

/// The `Accept` header of a browser.
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

impl Server {
    /// Requests a page as a browser does, without the credentials that other requests of the tests have.
    async fn browse(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let url = format!("{}{path}", self.reference.base_url());
        let all = [&[BROWSER, ("authorization", "")], headers].concat();
        self.send_with(Method::GET, &url, &all, None).await
    }
}

#[tokio::test]
async fn a_browser_gets_a_page_and_other_clients_get_json() {
    let server = Server::start().await;
    let page = server.browse("/", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("vary", "accept")] {
        assert_eq!(page.header(name), Some(value));
    }
    for (path, media_type) in [("/page.css", "text/css; charset=utf-8"), ("/page.js", "text/javascript; charset=utf-8")]
    {
        let asset = server.browse(path, &[]).await;
        assert_eq!((asset.status, asset.header("content-type")), (200, Some(media_type)), "{path}");
        assert!(page.text.contains(&format!("\"{}\"", &path[1..])), "{path}");
    }
    assert!(!page.text.contains("<script>") && !page.text.contains(" style="), "{}", page.text);
    for (accept, media_type) in [
        ("*/*", "application/scim+json"),
        ("application/json", "application/json"),
        ("application/json, text/html", "application/json"),
    ] {
        server.browse("/", &[("accept", accept)]).await.is_scim_error_in(media_type, 404, None);
    }
}

#[tokio::test]
async fn the_page_shows_directories_requests_and_events_but_no_token() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com").await;
    server.group("Crew", &[&ann]).await;
    server.get("/Users?filter=userName%20eq%20%22ann@example.com%22&access_token=s3cret").await;
    server.api_get("/directories").await;
    let page = server.browse("/", &[]).await.text;
    for shown in [
        server.scim_url.as_str(),
        "<td class=\"number\">1</td><td class=\"number\">1</td>",
        "?filter=userName eq &#34;ann@example.com&#34;",
        "GET /directories",
        "The log has <span id=\"event-count\">5</span> events",
        "dsync.group.user_added",
        "ann@example.com, Crew",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    for secret in [server.token.as_str(), server.api_key.as_str(), "s3cret"] {
        assert!(!page.contains(secret), "{secret} is in {page}");
    }
}

#[tokio::test]
async fn names_of_strangers_stay_text() {
    let server = Server::start().await;
    let name = "<script>alert(1)</script>\u{202e}<img src=x onerror=alert(2)>'\"&";
    server.another_directory(name).await;
    server.group(name, &[]).await;
    let mut person = user("x@example.com");
    person["emails"][0]["value"] = "<b>@example.com".into();
    server.post("/Users", person).await.id();
    server.get("/<script>alert(3)</script>").await;
    let page = server.browse("/", &[]).await.text;
    for markup in ["<script>", "<img", "<b>", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup} is in {page}");
    }
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;\\u{202e}"), "{page}");
}

#[tokio::test]
async fn another_host_name_needs_an_api_key() {
    let server = Server::start().await;
    for host in ["evil.example", "localhost.evil.example:80", "192.0.2.1"] {
        let refused = server.browse("/", &[("host", host)]).await;
        assert_eq!(refused.status, 401, "{host}");
        assert!(refused.header("www-authenticate").unwrap().starts_with("Basic "), "{host}");
        assert!(!refused.text.contains("/scim/v2/"), "{host}: {}", refused.text);
    }
    assert_eq!(server.browse("/", &[("x-forwarded-for", "192.0.2.1")]).await.status, 401);
    let basic = |password: &str| format!("Basic {}", STANDARD.encode(format!("any:{password}")));
    let bearer = format!("Bearer {}", server.api_key);
    for (credentials, status) in [
        (bearer.as_str(), 200),
        (&basic(&server.api_key), 200),
        (&basic("wrong"), 401),
        (&format!("Bearer {}", server.token), 401),
    ] {
        let reply = server.browse("/", &[("host", "scim.example"), ("authorization", credentials)]).await;
        assert_eq!(reply.status, status, "{credentials}");
    }
}

/// A server with a defect reads whole requests first; the page is the same.
#[tokio::test]
async fn a_server_with_a_defect_has_the_page_too() {
    let server = Server::with_defects(&["any-token-creates"]).await;
    assert_eq!(server.browse("/", &[]).await.status, 200);
}

#[tokio::test]
async fn a_portal_link_leads_to_the_directories_of_its_organization_until_it_expires() {
    let clock = Arc::new(TestClock::at(Timestamp::now()));
    let server = Server::with(|settings| Settings { clock: clock.clone(), ..settings }).await;
    let other = server.api(Method::POST, "/organizations", Some(&json!({"name": "Other"}))).await.id();
    let generate = async |body: Value| server.api(Method::POST, "/portal/generate_link", Some(&body)).await;
    let link = async |organization: &str| {
        let made = generate(json!({"organization": organization, "intent": "dsync"})).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["link"].as_str().unwrap().strip_prefix(&server.reference.base_url()).unwrap().to_owned()
    };
    let own = link(&server.organization_id).await;
    // Anyone who has the link may open it, from anywhere.
    let page = server.browse(&own, &[("host", "scim.example")]).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let url = server.scim_url.replace(server.reference.base_url().strip_prefix("http://").unwrap(), "scim.example");
    assert!(page.text.contains(&url) && page.text.contains("OAuth Bearer Token"), "{}", page.text);
    assert!(!page.text.contains(&server.token) && page.text.contains("../page.css"), "{}", page.text);
    let empty = server.browse(&link(&other).await, &[]).await.text;
    assert!(empty.contains("no directory") && !empty.contains("/scim/v2/"), "{empty}");
    for wrong in ["/portal/x".to_owned(), format!("{own}A"), own.replace("/portal/", "/portal/A")] {
        assert_eq!(server.browse(&wrong, &[]).await.status, 404, "{wrong}");
    }
    clock.advance(SignedDuration::from_secs(301));
    let expired = server.browse(&own, &[]).await;
    assert_eq!(expired.status, 410);
    assert!(!expired.text.contains("/scim/v2/"), "{}", expired.text);

    for (body, status) in [
        (json!({}), 422),
        (json!({"organization": server.organization_id, "intent": "sso"}), 422),
        (json!({"organization": "org_unknown"}), 404),
    ] {
        assert_eq!(generate(body.clone()).await.status, status, "{body}");
    }
}
