//! A server under load is killed at random moments. After each restart, every acknowledged write exists once, every event
//! exists once and in order, and `verify-store` finds no problem.
//!
//! `FAULT_KILLS` sets the number of kills (docs/durability.md).

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::process::{Serve, run};
use crate::support::reference::{GROUP, PATCH_OP, client, user};

const KILLS: usize = 4;
const WRITERS: usize = 8;
const GROUPS: usize = 4;

/// The names of a group and a user.
type Pair = (String, String);

/// The writes and their outcomes. `true` means that a member was added, `false` that it was removed.
#[derive(Default)]
struct Journal {
    /// The acknowledged id of each user by name; `None` without a response.
    users: HashMap<String, Option<String>>,
    /// Acknowledged changes of memberships, in order.
    done: HashMap<Pair, Vec<bool>>,
    /// Changes without a response.
    in_doubt: HashMap<Pair, bool>,
    acknowledged: usize,
}

/// The events read so far.
#[derive(Default)]
struct Log {
    ids: Vec<String>,
    users: HashMap<String, usize>,
    members: HashMap<Pair, Vec<bool>>,
}

/// A server and its credentials.
#[derive(Clone)]
struct Target {
    http: reqwest::Client,
    scim_url: String,
    events_url: String,
    token: String,
    api_key: String,
    groups: Vec<(String, String)>,
}

impl Target {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Option<(u16, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.scim_url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Changes a membership. Returns true if the change was acknowledged.
    async fn member(&self, group: &str, user: &str, add: bool) -> bool {
        let operation = if add {
            json!({"op": "add", "path": "members", "value": [{"value": user}]})
        } else {
            json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")})
        };
        let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
        let response = self.send(Method::PATCH, &format!("/Groups/{group}"), Some(body)).await;
        if let Some((status, body)) = &response {
            assert_eq!(*status, 204, "{body}");
        }
        response.is_some()
    }

    /// Creates users, and adds them to groups and removes some again, until a request has no response.
    async fn write(self, names: String, seed: u64, acknowledge: impl Fn() + Send + 'static) -> Journal {
        let (mut random, mut journal) = (StdRng::seed_from_u64(seed), Journal::default());
        let mut pairs: Vec<(Pair, String, String, bool)> = Vec::new();
        for n in 0.. {
            let name = format!("{names}n{n}@example.com");
            let response = self.send(Method::POST, "/Users", Some(user(&name))).await;
            let id = response.map(|(status, body)| {
                assert_eq!(status, 201, "{body}");
                body["id"].as_str().unwrap().to_owned()
            });
            journal.users.insert(name.clone(), id.clone());
            let Some(id) = id else { break };
            journal.acknowledged += 1;
            acknowledge();
            let (group, group_id) = self.groups[random.random_range(0..GROUPS)].clone();
            pairs.push(((group, name), group_id, id, false));
            // Changes the new pair, and every other time an earlier one too.
            let mut changes = vec![pairs.len() - 1];
            if random.random() {
                changes.push(random.random_range(0..pairs.len()));
            }
            for at in changes {
                let (pair, group, user, is_member) = &mut pairs[at];
                let change = !*is_member;
                if !self.member(group, user, change).await {
                    journal.in_doubt.insert(pair.clone(), change);
                    return journal;
                }
                *is_member = change;
                journal.done.entry(pair.clone()).or_default().push(change);
                journal.acknowledged += 1;
                acknowledge();
            }
        }
        journal
    }

    /// Returns all users as (userName, id), in the order of the list.
    async fn users(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        loop {
            let page = self.get(&format!("/Users?startIndex={}&count=1000&attributes=userName", all.len() + 1)).await;
            let resources = page["Resources"].as_array().unwrap();
            let text = |resource: &Value, name: &str| resource[name].as_str().unwrap().to_owned();
            all.extend(resources.iter().map(|resource| (text(resource, "userName"), text(resource, "id"))));
            if resources.is_empty() || all.len() as u64 >= page["totalResults"].as_u64().unwrap() {
                return all;
            }
        }
    }

    /// Returns the events after a cursor, oldest first.
    async fn events(&self, mut after: Option<String>) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let cursor = after.as_ref().map_or_else(String::new, |after| format!("&after={after}"));
            let request = self.http.get(format!("{}?limit=100{cursor}", self.events_url)).bearer_auth(&self.api_key);
            let page: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
            let events = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
            let Some(last) = events.last() else { return all };
            after = Some(last["id"].as_str().unwrap().to_owned());
            all.extend(events.iter().cloned());
        }
    }
}

impl Log {
    /// Reads the events since the last call.
    async fn read_on(&mut self, target: &Target) {
        for event in target.events(self.ids.last().cloned()).await {
            let id = event["id"].as_str().unwrap().to_owned();
            assert!(self.ids.last().is_none_or(|last| *last < id), "{id} is not greater than the id before it");
            self.ids.push(id);
            let name = |user: &Value| user["idp_id"].as_str().unwrap().strip_prefix("00u").unwrap().to_owned();
            let data = &event["data"];
            let added = match event["event"].as_str().unwrap() {
                "dsync.user.created" => {
                    *self.users.entry(name(data)).or_default() += 1;
                    continue;
                }
                "dsync.group.user_added" => true,
                "dsync.group.user_removed" => false,
                _ => continue,
            };
            let pair = (data["group"]["name"].as_str().unwrap().to_owned(), name(&data["user"]));
            self.members.entry(pair).or_default().push(added);
        }
    }
}

impl Journal {
    fn add(&mut self, other: Self) {
        self.users.extend(other.users);
        self.done.extend(other.done);
        self.in_doubt.extend(other.in_doubt);
        self.acknowledged += other.acknowledged;
    }

    /// Compares the journal with the server after its restart, and resolves the writes in doubt.
    async fn compare(&mut self, target: &Target, log: &mut Log) {
        let existing = target.users().await;
        let by_name: HashMap<&str, &str> = existing.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
        assert_eq!(by_name.len(), existing.len(), "a user exists twice");
        self.users.retain(|name, id| match (id.as_deref(), by_name.get(name.as_str())) {
            (Some(id), found) => {
                assert_eq!(found, Some(&id), "{name} was acknowledged");
                true
            }
            (None, Some(found)) => {
                *id = Some((*found).to_owned());
                true
            }
            (None, None) => false,
        });
        assert_eq!(existing.len(), self.users.len(), "a user exists that was not created");

        log.read_on(target).await;
        let expected: HashMap<String, usize> = self.users.keys().map(|name| (name.clone(), 1)).collect();
        assert_eq!(log.users, expected, "each user has one event");
        for (pair, change) in self.in_doubt.drain() {
            let done = self.done.entry(pair.clone()).or_default();
            if log.members.get(&pair).is_some_and(|events| events.len() > done.len()) {
                done.push(change);
            }
        }
        self.done.retain(|_, done| !done.is_empty());
        assert_eq!(log.members, self.done, "each change of members has one event, in order");
        for (group, id) in &target.groups {
            let shown = target.get(&format!("/Groups/{id}")).await;
            let members = shown["members"].as_array().map(Vec::as_slice).unwrap_or_default();
            let shown: HashSet<&str> = members.iter().map(|member| member["value"].as_str().unwrap()).collect();
            assert_eq!(shown.len(), members.len(), "a member is listed twice");
            let expected = self.done.iter().filter(|((name, _), done)| name == group && done.last() == Some(&true));
            let expected = expected.map(|((_, user), _)| self.users[user].as_deref().unwrap());
            assert_eq!(shown, expected.collect(), "members of {group}");
        }
    }
}

/// Puts the server under load, and kills it at a random moment after a random number of responses.
async fn load_and_kill(target: &Target, mut server: Serve, round: usize, random: &mut StdRng) -> Journal {
    let (after, spin) = (random.random_range(1..400), Duration::from_micros(random.random_range(0..3_000)));
    let (sender, receiver) = mpsc::channel();
    let killer = std::thread::spawn(move || {
        receiver.recv().unwrap();
        // Responses arrive in bursts after a commit. The random delay makes the kill independent of them.
        let moment = Instant::now() + spin;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        server.kill();
    });
    let responses = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (sender, responses) = (sender.clone(), Arc::clone(&responses));
            let acknowledge = move || {
                if responses.fetch_add(1, Ordering::Relaxed) + 1 == after {
                    sender.send(()).unwrap();
                }
            };
            tokio::spawn(target.clone().write(format!("r{round}w{writer}"), random.random(), acknowledge))
        })
        .collect();
    let mut journal = Journal::default();
    for writer in writers {
        journal.add(writer.await.unwrap());
    }
    killer.join().unwrap();
    journal
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost_when_the_server_is_killed() {
    let kills = std::env::var("FAULT_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let (mut journal, mut log, mut in_doubt) = (Journal::default(), Log::default(), 0);
    let mut server = Serve::on(&store, &[]);
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let mut target = Target {
        http: client(),
        scim_url: server.scim_url.clone(),
        events_url: server.events_url.clone(),
        token: server.token.clone(),
        api_key: server.api_key.clone(),
        groups: Vec::new(),
    };
    for n in 0..GROUPS {
        let body = json!({"schemas": [GROUP], "displayName": format!("group {n}")});
        let (_, made) = target.send(Method::POST, "/Groups", Some(body)).await.unwrap();
        target.groups.push((format!("group {n}"), text(&made, "id")));
    }
    for round in 0..kills {
        let fresh = load_and_kill(&target, server, round, &mut random).await;
        in_doubt += fresh.in_doubt.len() + fresh.users.values().filter(|id| id.is_none()).count();
        journal.add(fresh);
        server = Serve::on(&store, &[]);
        target.http = client();
        (target.scim_url, target.events_url) = (server.scim_url.clone(), server.events_url.clone());
        journal.compare(&target, &mut log).await;
        let (code, out, err) = run(&["verify-store", store.to_str().unwrap()]);
        assert_eq!(code, 0, "{out}{err}");
    }
    // Reads the complete log from its start.
    let all: Vec<String> = target.events(None).await.iter().map(|event| text(event, "id")).collect();
    assert_eq!(all, log.ids);
    server.kill();
    let (acknowledged, users, events) = (journal.acknowledged, journal.users.len(), all.len());
    println!("{kills} kills, {acknowledged} writes acknowledged, {in_doubt} in doubt, {users} users, {events} events");
    assert!(acknowledged >= kills && users > 0);
}
