use super::*;
use crate::base::Seed;

fn now() -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000).unwrap()
}

fn decide_with(command: &AdminCommand, rows: AdminRows) -> Result<AdminWrites, AdminError> {
    let mut last = 0_u128;
    let mut next_id = || {
        last += 1;
        Ulid::from(last)
    };
    let mut secrets = Seed(1).stream("secrets");
    decide(command, rows, &mut Source { now: now(), next_id: &mut next_id, secrets: &mut secrets })
}

fn organization(id: &str) -> Organization {
    Organization { id: id.to_owned(), name: "Twins".to_owned(), created_at: now(), updated_at: now() }
}

fn directory() -> Directory {
    Directory {
        id: "directory_1".to_owned(),
        organization_id: "org_1".to_owned(),
        name: "Okta".to_owned(),
        external_key: "Zp4QxT7mK2vLr9Bd".to_owned(),
        settings: Settings::default(),
        created_at: now(),
        updated_at: now(),
    }
}

fn token(id: &str) -> Token {
    Token { id: id.to_owned(), suffix: "a1b2".to_owned(), created_at: now() }
}

fn events(writes: &AdminWrites) -> Vec<&str> {
    writes.events.iter().map(|event| event.name.as_str()).collect()
}

#[test]
fn a_new_directory_is_activated_before_its_token_is_created() {
    let command = AdminCommand::AddDirectory {
        organization: "org_1".to_owned(),
        name: "Okta".to_owned(),
        settings: Settings::default(),
    };
    let rows = AdminRows { organizations: vec![organization("org_1")], ..AdminRows::default() };
    let writes = decide_with(&command, rows).unwrap();
    assert_eq!(events(&writes), ["dsync.activated", "dsync.token.created"]);
    assert_eq!(writes.organization.as_deref(), Some("org_1"));
    let secret = writes.outcome.secret.unwrap();
    let [AdminWrite::InsertDirectory(directory), AdminWrite::InsertToken { digest, token, .. }] = &writes.rows[..]
    else {
        panic!("{:?}", writes.rows)
    };
    assert_eq!((directory.external_key.len(), secret.expose().len(), *digest), (16, 48, secret.digest()));
    assert!(secret.expose().ends_with(&token.suffix));
}

#[test]
fn an_id_identifies_an_organization_even_if_another_has_it_as_name() {
    let two = || vec![organization("org_1"), organization("org_2")];
    let command = |wanted: &str| AdminCommand::AddDirectory {
        organization: wanted.to_owned(),
        name: "Okta".to_owned(),
        settings: Settings::default(),
    };
    let add = |wanted: &str, organizations| {
        decide_with(&command(wanted), AdminRows { organizations, ..AdminRows::default() })
    };
    assert_eq!(add("org_2", two()).unwrap().organization.as_deref(), Some("org_2"));
    let ambiguous = AdminError::AmbiguousOrganization { name: "Twins".to_owned(), count: 2 };
    assert_eq!(add("Twins", two()).unwrap_err(), ambiguous);
    assert_eq!(add("Twins", vec![organization("org_1")]).unwrap().organization.as_deref(), Some("org_1"));
    assert!(add("Twins", Vec::new()).unwrap_err().is_unknown());
}

/// Two tokens stay valid, counting the new one, or one if the old ones are revoked at once.
#[test]
fn a_rotation_leaves_at_most_two_live_tokens() {
    for (live, revoke_old, revoked) in [
        (vec!["t1"], false, vec![]),
        (vec!["t2", "t1"], false, vec!["t1"]),
        (vec!["t3", "t2", "t1"], false, vec!["t2", "t1"]),
        (vec!["t2", "t1"], true, vec!["t2", "t1"]),
        (vec![], true, vec![]),
    ] {
        let command = AdminCommand::RotateToken { directory: "directory_1".to_owned(), revoke_old };
        let live_tokens = live.into_iter().map(token).collect();
        let rows = AdminRows { directory: Some(directory()), live_tokens, ..AdminRows::default() };
        let writes = decide_with(&command, rows).unwrap();
        let ids = writes.rows.iter().filter_map(|row| match row {
            AdminWrite::RevokeToken { id, .. } => Some(id.as_str()),
            _ => None,
        });
        assert_eq!(ids.collect::<Vec<_>>(), revoked);
        let mut expected = vec!["dsync.token.revoked"; revoked.len()];
        expected.push("dsync.token.created");
        assert_eq!(events(&writes), expected);
    }
}

#[test]
fn settings_move_the_update_time_forward_even_if_the_clock_does_not() {
    let command = |settings| AdminCommand::SetDirectory { id: "directory_1".to_owned(), settings };
    let later = now().checked_add(SignedDuration::from_hours(1)).unwrap();
    let ahead = Directory { updated_at: later, ..directory() };
    let rows = AdminRows { directory: Some(ahead), ..AdminRows::default() };
    let writes = decide_with(&command(Settings::default()), rows).unwrap();
    let changed = writes.outcome.directory.unwrap();
    assert_eq!(changed.updated_at, later.checked_add(SignedDuration::from_millis(1)).unwrap());
    assert!(matches!(&writes.rows[..], [AdminWrite::UpdateDirectory(_)]));

    let schemas = vec![serde_json::json!({"id": "urn:example:x", "attributes": []})];
    let rows = AdminRows { directory: Some(directory()), ..AdminRows::default() };
    let writes = decide_with(&command(Settings { schemas, ..Settings::default() }), rows).unwrap();
    assert!(matches!(&writes.rows[..], [AdminWrite::UpdateDirectory(_), AdminWrite::RebuildUniqueValues(_)]));
}

#[test]
fn a_bootstrap_creates_everything_once() {
    let command = AdminCommand::Bootstrap { token: Some(Secret::new("fixed")) };
    let first = decide_with(&command, AdminRows::default()).unwrap();
    assert_eq!(first.outcome.secret, Some(Secret::new("fixed")));
    assert!(first.outcome.api_key.unwrap().expose().starts_with("sk_"));
    assert_eq!(
        events(&decide_with(&command, AdminRows::default()).unwrap()),
        ["dsync.activated", "dsync.token.created"]
    );
    let rows = AdminRows { directory: Some(directory()), ..AdminRows::default() };
    let again = decide_with(&command, rows).unwrap();
    assert!(again.rows.is_empty() && again.events.is_empty());
    assert_eq!((again.outcome.directory, again.outcome.secret), (Some(directory()), None));
}
