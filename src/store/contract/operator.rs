//! Administration, credentials and the log.

use base64::Engine;
use serde_json::json;

use super::{Bench, add_organization, bearer, keep, status};
use crate::base::Secret;
use crate::directory::Settings;
use crate::directory::address::{HostName, Label};
use crate::directory::model::AuthForm;
use crate::scim::Mode;
use crate::store::{AdminCommand, Credentials, EventQuery, Store, StoreError};

fn raw(value: &str) -> Credentials {
    Credentials { authorization: Some(Secret::new(value)) }
}

/// Only a token of the directory is accepted, and only in the form that its settings require.
pub(crate) async fn credentials(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let key = &bench.access.directory.external_key;
    let token = bench.token.expose();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("okta:{token}"));
    let is_accepted = async |credentials: &Credentials| store.authenticate(key, credentials).await.unwrap().is_some();
    assert!(is_accepted(&raw(&format!("bearer {token}"))).await);
    for wrong in ["", "Bearer", "Bearer ", &format!("Bearer {token}x"), token, &format!("Basic {basic}")] {
        assert!(!is_accepted(&raw(wrong)).await, "{wrong}");
    }
    assert!(!is_accepted(&Credentials { authorization: None }).await);
    assert!(!is_accepted(&bearer(&other.token)).await);
    assert!(store.authenticate("nowhere", &bearer(&bench.token)).await.unwrap().is_none());
    for (auth, value) in [(AuthForm::Basic, format!("Basic {basic}")), (AuthForm::Header, token.to_owned())] {
        let settings = Settings { auth, mode: Mode::Strict, ..keep() };
        let id = bench.access.directory.id.clone();
        store.administer(AdminCommand::SetDirectory { id, settings }).await.unwrap();
        assert!(is_accepted(&raw(&value)).await, "{value}");
        assert!(!is_accepted(&bearer(&bench.token)).await);
        let access = store.authenticate(key, &raw(&value)).await.unwrap().unwrap();
        assert!(!access.rules.keep_unknown);
    }
}

/// Two tokens are live at a time: a third revokes the first, and `revoke_old` revokes all but the new one, with events.
pub(crate) async fn tokens_rotate(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let key = &bench.access.directory.external_key;
    let lives = async |token: &Secret| store.authenticate(key, &bearer(token)).await.unwrap().is_some();
    let rotate = async |revoke_old| {
        let directory = bench.access.directory.id.clone();
        store.administer(AdminCommand::RotateToken { directory, revoke_old }).await.unwrap().secret.unwrap()
    };
    let second = rotate(false).await;
    assert!(lives(&bench.token).await && lives(&second).await);
    let third = rotate(false).await;
    assert!(!lives(&bench.token).await && lives(&second).await && lives(&third).await);
    let fourth = rotate(true).await;
    assert!(!lives(&second).await && !lives(&third).await && lives(&fourth).await);
    let log = bench.log().await;
    let (created, revoked) = ("token.created", "token.revoked");
    assert_eq!(log[1..], [created, created, revoked, created, revoked, revoked, created]);
    let last = bench.events().await.pop().unwrap();
    assert!(fourth.expose().ends_with(last.data["token_suffix"].as_str().unwrap()));
}

/// API keys are created, listed and revoked; the store never returns a key again.
pub(crate) async fn api_keys(store: &dyn Store) {
    let made = store.administer(AdminCommand::AddApiKey { name: "ci".to_owned() }).await.unwrap();
    let (id, key) = (made.id.unwrap(), made.secret.unwrap());
    assert!(key.expose().starts_with("sk_"));
    assert!(store.knows_api_key(&key).await.unwrap());
    assert!(!store.knows_api_key(&Secret::new("sk_guess")).await.unwrap());
    let shown = store.api_keys().await.unwrap().pop().unwrap();
    assert_eq!((&shown.id, shown.name.as_str(), shown.revoked_at), (&id, "ci", None));
    assert!(key.expose().ends_with(&shown.suffix) && shown.suffix.len() == 4);
    store.administer(AdminCommand::RevokeApiKey { id: id.clone() }).await.unwrap();
    assert!(!store.knows_api_key(&key).await.unwrap());
    let again = store.administer(AdminCommand::RevokeApiKey { id }).await;
    assert!(matches!(again, Err(StoreError::Refused(_))));
    let unknown = store.administer(AdminCommand::RevokeApiKey { id: "api_key_x".to_owned() }).await;
    assert!(matches!(unknown, Err(StoreError::Unknown(_))));
}

/// Organizations are identified by id, or by a unique name.
pub(crate) async fn organizations(store: &dyn Store) {
    let add = async |organization: &str| {
        let command = AdminCommand::AddDirectory {
            organization: organization.to_owned(),
            name: "Okta".to_owned(),
            settings: keep(),
        };
        store.administer(command).await
    };
    let make = async || {
        let command = add_organization("Twins");
        store.administer(command).await.unwrap().organization.unwrap().id
    };
    assert!(matches!(add("Twins").await, Err(StoreError::Unknown(_))));
    let first = make().await;
    assert_eq!(add("Twins").await.unwrap().directory.unwrap().organization_id, first);
    let second = make().await;
    assert!(matches!(add("Twins").await, Err(StoreError::Refused(_))));
    assert_eq!(add(&second).await.unwrap().directory.unwrap().organization_id, second);
    let all: Vec<String> = store.organizations().await.unwrap().into_iter().map(|found| found.id).collect();
    assert!(all.ends_with(&[first, second]));
    store.administer(AdminCommand::ServedAt { base_url: "http://127.0.0.1:1".to_owned() }).await.unwrap();
    assert_eq!(store.served_at().await.unwrap().as_deref(), Some("http://127.0.0.1:1"));
}

/// Pages of the log in both directions, by name, by time, and from a cursor.
pub(crate) async fn the_log(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    for n in 0..7 {
        bench.user(&format!("user{n}")).await;
    }
    let group = bench.group("Sales", &[]).await;
    bench.delete(crate::scim::resource::Kind::Group, &group).await.unwrap();
    let organization_id = Some(bench.access.directory.organization_id.clone());
    let mine = EventQuery { organization_id, limit: 100, ..EventQuery::default() };
    let read = async |query: EventQuery| {
        let page = store.events(query).await.unwrap();
        (page.events.into_iter().map(|event| event.id).collect::<Vec<_>>(), page.after)
    };
    let (all, end) = read(mine.clone()).await;
    assert_eq!((all.len(), end), (11, None));
    assert!(all.is_sorted());
    let backwards: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(read(EventQuery { descending: true, ..mine.clone() }).await, (backwards.clone(), None));
    let (page, after) = read(EventQuery { limit: 4, ..mine.clone() }).await;
    assert_eq!((page, after.as_ref()), (all[..4].to_vec(), Some(&all[3])));
    assert_eq!(read(EventQuery { limit: 7, after, ..mine.clone() }).await, (all[4..].to_vec(), None));
    let after = Some(backwards[3].clone());
    let (page, after) = read(EventQuery { limit: 4, after, descending: true, ..mine.clone() }).await;
    assert_eq!((page, after), (backwards[4..8].to_vec(), Some(backwards[7].clone())));
    let names = vec!["dsync.group.created".to_owned(), "dsync.group.deleted".to_owned()];
    assert_eq!(read(EventQuery { names, ..mine.clone() }).await, (all[9..].to_vec(), None));
    for cursor in ["event_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", ""] {
        let query = EventQuery { after: Some(cursor.to_owned()), ..mine.clone() };
        assert!(matches!(store.events(query).await, Err(StoreError::Cursor(_))), "{cursor}");
    }
    let query = EventQuery { before: Some(all[4].clone()), limit: 2, ..mine.clone() };
    let page = store.events(query).await.unwrap();
    assert_eq!((page.before.as_ref(), page.after.as_ref()), (Some(&all[2]), Some(&all[3])));
    let query = EventQuery { before: Some(all[4].clone()), limit: 9, descending: true, ..mine.clone() };
    assert_eq!(read(query).await, (backwards[..6].to_vec(), Some(all[5].clone())));
    let first = bench.events().await[0].created_at;
    let before = first.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap();
    assert_eq!(read(EventQuery { range_end: Some(before), ..mine.clone() }).await, (Vec::new(), None));
    assert_eq!(read(EventQuery { range_start: Some(first), ..mine.clone() }).await.0, all);
    let nowhere = EventQuery { organization_id: Some("org_x".to_owned()), limit: 10, ..EventQuery::default() };
    assert_eq!(read(nowhere).await, (Vec::new(), None));
    let shown = bench.events().await[0].data.clone();
    assert_eq!((&shown["state"], &shown["domains"]), (&json!("active"), &json!([])));
}

const ACME: &str = "urn:example:acme:2.0:User";

/// Returns settings in which badges are unique, without regard to letter case.
pub(crate) fn with_badges() -> Settings {
    let badge = json!({"name": "badge", "uniqueness": "server"});
    Settings { schemas: vec![json!({"id": ACME, "attributes": [badge]})], ..keep() }
}

fn badged(name: &str, urn: &str, badge: &str) -> serde_json::Value {
    json!({"userName": name, "active": true, urn: {"badge": badge}})
}

/// A uniqueness declaration applies to existing resources, and to requests that were authenticated before it.
pub(crate) async fn uniqueness_is_declared(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    other.create_user(badged("ann", ACME, "B1")).await.unwrap();
    let id = bench.access.directory.id.clone();
    let set =
        async |settings: Settings| store.administer(AdminCommand::SetDirectory { id: id.clone(), settings }).await;
    let ann = bench.create_user(badged("ann", ACME, "B1")).await.unwrap();
    let bob = bench.create_user(badged("bob", &ACME.to_uppercase(), "b1")).await.unwrap();
    bench.user("nobody").await;
    let Err(StoreError::Refused(why)) = set(with_badges()).await else { panic!("two resources have B1") };
    for part in [&format!("{ACME}:badge"), "\"b1\"", &ann, &bob] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let unchanged = store.directories().await.unwrap().into_iter().find(|directory| directory.id == id).unwrap();
    assert_eq!(unchanged, bench.access.directory);

    bench.put(&bob, badged("bob", ACME, "B2")).await.unwrap();
    set(with_badges()).await.unwrap();
    // The bench still has the access from before the change.
    assert_eq!(status(bench.create_user(badged("cid", ACME, "b2")).await), 409);
    assert_eq!(status(bench.put(&ann, badged("ann", ACME, "B2")).await), 409);
    bench.put(&ann, badged("ann", ACME, "B3")).await.unwrap();
    bench.create_user(badged("cid", ACME, "B1")).await.unwrap();
    assert_eq!(status(bench.create_user(badged("dan", ACME, "B3")).await), 409);
    other.create_user(badged("bob", ACME, "B1")).await.unwrap();

    set(keep()).await.unwrap();
    bench.create_user(badged("dan", ACME, "B3")).await.unwrap();
    assert!(matches!(set(with_badges()).await, Err(StoreError::Refused(_))));
}

/// The first start creates a directory with its secrets; every later one returns the directory without them.
pub(crate) async fn first_start(store: &dyn Store) {
    let first = store.bootstrap().await.unwrap();
    let credentials = super::bearer(&first.token.unwrap());
    let access = store.authenticate(&first.directory.external_key, &credentials).await.unwrap().unwrap();
    assert_eq!(access.directory, first.directory);
    assert!(store.knows_api_key(&first.api_key.unwrap()).await.unwrap());
    let again = store.bootstrap().await.unwrap();
    assert_eq!(again.directory, first.directory);
    assert!(again.token.is_none() && again.api_key.is_none());
}

/// A directory is reached by its key, its label and its host name. Each belongs to one directory at a time.
pub(crate) async fn addresses(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    let other = Bench::new(store, keep()).await;
    let label = |text: &str| Some(Label::try_from(text.to_owned()).unwrap());
    let host = |text: &str| Some(HostName::try_from(text.to_owned()).unwrap());
    let set = async |bench: &Bench<'_>, label, host| {
        let settings = Settings { label, host, ..keep() };
        let id = bench.access.directory.id.clone();
        store.administer(AdminCommand::SetDirectory { id, settings }).await
    };
    let reached = async |address: &str, token: &Secret| {
        let access = store.authenticate(address, &bearer(token)).await.unwrap();
        access.map(|access| access.directory.id.clone())
    };
    let own = Some(bench.access.directory.id.clone());
    set(&bench, label("acme-okta"), host("Scim.Acme.example")).await.unwrap();
    for address in [bench.access.directory.external_key.as_str(), "acme-okta", "//scim.acme.example"] {
        assert_eq!(reached(address, &bench.token).await, own, "{address}");
        assert_eq!(reached(address, &other.token).await, None, "{address}");
    }
    for address in ["scim.acme.example", "//acme-okta", "ACME-OKTA"] {
        assert_eq!(reached(address, &bench.token).await, None, "{address}");
    }
    for (label, host) in [(label("acme-okta"), None), (None, host("scim.acme.example"))] {
        assert!(matches!(set(&other, label, host).await, Err(StoreError::Administration(_))));
    }
    // The same settings again, then another label.
    set(&bench, label("acme-okta"), host("scim.acme.example")).await.unwrap();
    set(&bench, label("acme-2"), None).await.unwrap();
    assert_eq!(reached("acme-okta", &bench.token).await, None);
    assert_eq!(reached("//scim.acme.example", &bench.token).await, None);
    set(&other, label("acme-okta"), host("scim.acme.example")).await.unwrap();
    assert_eq!(reached("acme-okta", &other.token).await, Some(other.access.directory.id.clone()));
    // A removed directory gives its addresses back.
    store.administer(AdminCommand::RemoveDirectory { id: other.access.directory.id.clone() }).await.unwrap();
    set(&bench, label("acme-okta"), host("scim.acme.example")).await.unwrap();
}

/// Old events are deleted, but never the newest one. A cursor that leaves out deleted events is refused.
pub(crate) async fn old_events_expire(store: &dyn Store) {
    let bench = Bench::new(store, keep()).await;
    for n in 0..4 {
        bench.user(&format!("user{n}")).await;
    }
    let all = bench.events().await;
    let expire = async |before| store.administer(AdminCommand::ExpireEvents { before }).await.unwrap().expired;
    assert_eq!(expire(all[0].created_at).await, 0, "an event of that time is not older");
    assert_eq!(bench.events().await, all);
    let later = all.last().unwrap().created_at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
    assert_eq!((expire(later).await, expire(later).await), (all.len() - 1, 0));
    assert_eq!(bench.events().await, all[all.len() - 1..]);

    let read = async |after: &str| {
        let after = Some(after.to_owned());
        store.events(EventQuery { after, limit: 100, ..EventQuery::default() }).await.map(|page| page.events)
    };
    for event in &all[..all.len() - 2] {
        assert!(matches!(read(&event.id).await, Err(StoreError::ExpiredCursor(_))), "{}", event.id);
    }
    assert_eq!(read(&all[all.len() - 2].id).await.unwrap(), all[all.len() - 1..], "no event after it is missing");
    assert_eq!(read(&all[all.len() - 1].id).await.unwrap(), []);
    for unknown in ["event_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "nonsense"] {
        assert!(matches!(read(unknown).await, Err(StoreError::Cursor(_))), "{unknown}");
    }
    // The log goes on behind the event that stayed, and the store is consistent without the old events.
    let id = bench.user("another").await;
    bench.group("Sales", &[&id]).await;
    assert_eq!(read(&all[all.len() - 1].id).await.unwrap().len(), 3);
    assert_eq!(store.verify().await.unwrap().wrong, Vec::<String>::new());
}
