use jiff::SignedDuration;

use super::super::model::{DomainState, OrganizationDetails, OrganizationDomain};
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
    Organization {
        id: id.to_owned(),
        name: "Twins".to_owned(),
        domains: Vec::new(),
        external_id: None,
        details: OrganizationDetails::default(),
        created_at: now(),
        updated_at: now(),
    }
}

fn directory() -> Directory {
    Directory {
        id: "directory_1".to_owned(),
        organization_id: "org_1".to_owned(),
        name: "Okta".to_owned(),
        external_key: "Zp4QxT7mK2vLr9Bd".to_owned(),
        state: DirectoryState::Linked,
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

fn set(id: &str, changes: OrganizationChanges) -> AdminCommand {
    AdminCommand::SetOrganization { id: id.to_owned(), changes }
}

/// A domain that stays keeps its ID, also if its state changes.
#[test]
fn an_organization_changes_only_what_the_command_names() {
    let kept = OrganizationDomain {
        id: "org_domain_1".to_owned(),
        domain: "one.example".to_owned(),
        state: DomainState::Pending,
        created_at: now(),
        updated_at: now(),
    };
    let metadata = [("a", "1"), ("b", "2")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let before = Organization {
        domains: vec![kept.clone()],
        external_id: Some("mine".to_owned()),
        details: OrganizationDetails { metadata, ..OrganizationDetails::default() },
        ..organization("org_1")
    };
    let rows = |owners: &[(&str, &str)], owner: Option<&str>| AdminRows {
        organizations: vec![before.clone()],
        domain_owners: owners.iter().map(|(domain, id)| ((*domain).to_owned(), (*id).to_owned())).collect(),
        external_id_owner: owner.map(str::to_owned),
        ..AdminRows::default()
    };
    let command = OrganizationChanges {
        domains: Some(vec![
            ("one.example".to_owned(), DomainState::Verified),
            ("two.example".to_owned(), DomainState::Pending),
        ]),
        metadata: Edit::Set([("a".to_owned(), None), ("c".to_owned(), Some("3".to_owned()))].into()),
        ..OrganizationChanges::default()
    };
    let writes = decide_with(&set("org_1", command.clone()), rows(&[("one.example", "org_1")], None)).unwrap();
    let changed = writes.outcome.organization.unwrap();
    assert_eq!(writes.rows, [AdminWrite::UpdateOrganization(changed.clone())]);
    assert_eq!((changed.name.as_str(), changed.external_id.as_deref()), ("Twins", Some("mine")));
    let metadata: Vec<&str> = changed.details.metadata.keys().map(String::as_str).collect();
    assert_eq!(metadata, ["b", "c"]);
    let domains: Vec<(&str, DomainState)> =
        changed.domains.iter().map(|domain| (domain.domain.as_str(), domain.state)).collect();
    assert_eq!(domains, [("one.example", DomainState::Verified), ("two.example", DomainState::Pending)]);
    assert_eq!(changed.domains[0].id, kept.id);

    let nothing = decide_with(&set("org_1", OrganizationChanges::default()), rows(&[], None)).unwrap();
    assert!(nothing.rows.is_empty());
    let taken = decide_with(&set("org_1", command), rows(&[("two.example", "org_2")], None));
    assert_eq!(taken.unwrap_err(), AdminError::DomainTaken("two.example".to_owned()));
    let theirs = OrganizationChanges { external_id: Edit::Set("theirs".to_owned()), ..Default::default() };
    let taken = decide_with(&set("org_1", theirs), rows(&[], Some("org_2")));
    assert_eq!(taken.unwrap_err(), AdminError::ExternalIdTaken("theirs".to_owned()));
    assert!(decide_with(&set("org_9", OrganizationChanges::default()), rows(&[], None)).unwrap_err().is_unknown());
}

/// `dsync.deleted` is the only event, and a directory that is being deleted yields no second one.
#[test]
fn a_removal_yields_one_event_per_directory() {
    let rows = |directory: Directory| AdminRows { directory: Some(directory), ..AdminRows::default() };
    let remove = AdminCommand::RemoveDirectory { id: "directory_1".to_owned() };
    let writes = decide_with(&remove, rows(directory())).unwrap();
    assert_eq!(events(&writes), ["dsync.deleted"]);
    assert_eq!(writes.events[0].data["state"], "deleting");
    assert!(writes.events[0].data.get("domains").is_none() && writes.events[0].data.get("external_key").is_none());
    let deleting = writes.outcome.directory.unwrap();
    assert_eq!(writes.rows, [AdminWrite::DeleteDirectory(deleting.clone())]);
    let again = decide_with(&remove, rows(deleting.clone())).unwrap();
    assert!(again.rows.is_empty() && again.events.is_empty());
    assert!(decide_with(&remove, AdminRows::default()).unwrap_err().is_unknown());
    let rotate = AdminCommand::RotateToken { directory: "directory_1".to_owned(), revoke_old: false };
    assert!(decide_with(&rotate, rows(deleting.clone())).unwrap_err().is_unknown());

    let second = Directory { id: "directory_2".to_owned(), ..directory() };
    let loaded = AdminRows {
        organizations: vec![organization("org_1")],
        directories: vec![directory(), deleting, second],
        ..AdminRows::default()
    };
    let writes = decide_with(&AdminCommand::RemoveOrganization { id: "org_1".to_owned() }, loaded).unwrap();
    assert_eq!(events(&writes), ["dsync.deleted", "dsync.deleted"]);
    assert!(matches!(writes.rows.last(), Some(AdminWrite::DeleteOrganization { .. })));
}

/// `dsync.activated` shows the domains of the organization.
#[test]
fn a_new_directory_shows_the_domains_of_its_organization() {
    let domain = OrganizationDomain {
        id: "org_domain_1".to_owned(),
        domain: "one.example".to_owned(),
        state: DomainState::Verified,
        created_at: now(),
        updated_at: now(),
    };
    let command = AdminCommand::AddDirectory {
        organization: "org_1".to_owned(),
        name: "Okta".to_owned(),
        settings: Settings::default(),
    };
    let organizations = vec![Organization { domains: vec![domain], ..organization("org_1") }];
    let writes = decide_with(&command, AdminRows { organizations, ..AdminRows::default() }).unwrap();
    let shown = serde_json::json!([{"object": "organization_domain", "id": "org_domain_1", "domain": "one.example"}]);
    assert_eq!(writes.events[0].data["domains"], shown);
}
