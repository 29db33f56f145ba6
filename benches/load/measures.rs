//! The measures of a server.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::client::{Load, Requests, Sample, drive, request};
use super::people;
use super::served::{Groups, Served};

/// One measure of one server.
pub struct Measure {
    pub name: String,
    /// The measure of the bare server to compare with.
    pub bare: &'static str,
    connections: usize,
    status: u16,
    /// The number of users that a request creates. They are deleted before the next sample.
    creates: usize,
    next: Arc<AtomicUsize>,
    requests: Requests,
    pub rounds: Vec<Round>,
    /// The reason why the server failed.
    pub broken: Option<String>,
}

pub struct Round {
    pub rate: f64,
    /// CPU time of the server per request, in microseconds.
    pub processor: f64,
    /// The median latency, in milliseconds.
    pub latency: f64,
}

impl Measure {
    fn new(
        name: impl Into<String>,
        bare: &'static str,
        connections: usize,
        status: u16,
        requests: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let (next, requests) = (Arc::default(), Arc::new(requests));
        let (name, rounds) = (name.into(), Vec::new());
        Self { name, bare, connections, status, creates: 0, next, requests, rounds, broken: None }
    }

    pub fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.rate))
    }

    pub fn processor(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.processor))
    }

    pub fn latency(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.latency))
    }

    /// Returns the ratio of this rate to another one, as the median over the rounds.
    pub fn ratio(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(one, other)| one.rate / other.rate))
    }

    /// Takes one sample.
    pub async fn take(&mut self, served: &Served, duration: Duration) {
        if self.broken.is_some() {
            return;
        }
        let load = Load::new(self.connections, duration, self.status);
        let (sample, processor) = if self.creates > 0 {
            self.create(served, load).await
        } else {
            let before = served.process.processor();
            let sample = drive(served.address, &load, &self.next, &self.requests).await;
            (sample, served.process.processor() - before)
        };
        if sample.broken.is_some() {
            self.broken = sample.broken;
            return;
        }
        let (rate, processor) = (sample.rate(), processor * 1e6 / sample.latencies.len().max(1) as f64);
        self.rounds.push(Round { rate, processor, latency: sample.quantile(0.5) });
    }

    /// Creates at most as many users at a time as the server had, and deletes them outside of the measured time. Otherwise
    /// a directory of 1,000 users would soon have 20,000.
    async fn create(&self, served: &Served, load: Load) -> (Sample, f64) {
        let mut load = Load { requests: (served.users / self.creates).max(1), keep: true, ..load };
        let (mut all, mut processor) = (Sample::default(), 0.0);
        let duration = load.duration;
        while all.seconds < duration.as_secs_f64() && all.broken.is_none() {
            load.duration = duration.saturating_sub(Duration::from_secs_f64(all.seconds));
            let before = served.process.processor();
            let mut sample = drive(served.address, &load, &self.next, &self.requests).await;
            processor += served.process.processor() - before;
            let bodies = std::mem::take(&mut sample.bodies);
            let created = ids(&bodies);
            assert_eq!(created.len(), bodies.len() * self.creates, "a response has no id");
            let deleted = delete(served, created).await;
            sample.broken = sample.broken.or(deleted.broken);
            all = all.and(sample);
        }
        (all, processor)
    }
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Returns the ids of the created resources from the responses to single and bulk requests.
pub fn ids(bodies: &[Vec<u8>]) -> Vec<String> {
    let responses = bodies.iter().filter_map(|body| serde_json::from_slice::<Value>(body).ok());
    let ids_of = |response: Value| match response["Operations"].as_array() {
        Some(operations) => operations.iter().filter_map(|one| last_part(one["location"].as_str()?)).collect(),
        None => response["id"].as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
    };
    responses.flat_map(ids_of).collect()
}

fn last_part(path: &str) -> Option<String> {
    Some(path.rsplit('/').next()?.to_owned())
}

/// Deletes users.
pub async fn delete(served: &Served, ids: Vec<String>) -> Sample {
    // One of the peers responds with the deleted user.
    let status = if served.name.starts_with("jackson") { 200 } else { 204 };
    let load = Load { requests: ids.len(), ..Load::new(8, Duration::from_mins(10), status) };
    let (base, token) = (served.base.clone(), served.token.clone());
    let requests: Requests = Arc::new(move |n| request("DELETE", &format!("{base}/Users/{}", ids[n]), &token, ""));
    drive(served.address, &load, &Arc::default(), &requests).await
}

/// Returns the measures of the bare server.
pub fn bare() -> Vec<Measure> {
    let get = |connections| Measure::new("bare GET", "", connections, 200, |_| request("GET", "/", "none", ""));
    let post = |connections| {
        let name = if connections == 8 { "bare POST, 8" } else { "bare POST, 64" };
        Measure::new(name, "", connections, 200, |n| request("POST", "/", "none", &people::body(n).to_string()))
    };
    vec![get(8), post(8), post(64)]
}

/// A server and its measures.
pub struct Measured {
    pub served: Served,
    /// The number of members of the large group; only for the reference.
    pub large_size: Option<usize>,
    pub measures: Vec<Measure>,
}

impl Measured {
    pub fn reference(served: Served, groups: &Groups) -> Self {
        let mut measures = common(&served);
        let all = served.users;
        measures.push(bulk(&served));
        measures.push(add("one more member of about 10", &served, groups.small.clone()));
        measures.push(add("one more member of many", &served, vec![groups.large.clone()]));
        for (position, start) in [("first", 1), ("middle", all / 2), ("last", all - 100)] {
            let target = format!("/Users?startIndex={start}&count=100");
            measures.push(fetch(&served, &format!("list of 100, {position}"), 8, move |_| target.clone()));
        }
        Self { served, large_size: Some(groups.large_size), measures }
    }

    pub fn peer(served: Served) -> Self {
        let measures = common(&served);
        Self { served, large_size: None, measures }
    }
}

fn fetch(
    served: &Served,
    name: &str,
    connections: usize,
    target: impl Fn(usize) -> String + Send + Sync + 'static,
) -> Measure {
    let (base, token) = (served.base.clone(), served.token.clone());
    let make = move |n| request("GET", &format!("{base}{}", target(n)), &token, "");
    Measure::new(name, "bare GET", connections, 200, make)
}

/// Returns the measures that every SCIM server supports.
fn common(served: &Served) -> Vec<Measure> {
    // Earlier runs on the same store created users too.
    let first = served.users + rand::random::<u32>() as usize * 1_000;
    let post = |connections: usize, bare, first: usize| {
        let (target, token) = (format!("{}/Users", served.base), served.token.clone());
        let make = move |n| request("POST", &target, &token, &people::body(first + n).to_string());
        Measure { creates: 1, ..Measure::new(format!("POST, {connections} connections"), bare, connections, 201, make) }
    };
    let (ids, all) = (served.ids.clone(), served.users);
    vec![
        post(8, "bare POST, 8", first),
        post(64, "bare POST, 64", first + 100_000_000),
        fetch(served, "GET by id", 8, move |n| format!("/Users/{}", ids[n * 7_919 % ids.len()])),
        fetch(served, "userName eq", 8, move |n| {
            let filter = format!("userName eq \"{}\"", people::name(n * 7_919 % all));
            format!("/Users?filter={}&startIndex=1&count=100", utf8_percent_encode(&filter, NON_ALPHANUMERIC))
        }),
    ]
}

/// Returns the measure of bulk requests with 1,000 creates on one connection.
fn bulk(served: &Served) -> Measure {
    let first = served.users + rand::random::<u32>() as usize * 1_000 + 200_000_000;
    let (target, token) = (format!("{}/Bulk", served.base), served.token.clone());
    let make = move |n| {
        let one =
            |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": people::body(n)});
        let operations: Vec<_> = (0..1_000).map(|part| one(first + n * 1_000 + part)).collect();
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        request("POST", &target, &token, &json!({"schemas": schemas, "Operations": operations}).to_string())
    };
    Measure { creates: 1_000, ..Measure::new("bulk of 1,000 creates", "", 1, 200, make) }
}

/// Returns the measure of PATCHes that add a member as a catalog app (OIN) of Okta does, each time another one.
fn add(name: &str, served: &Served, groups: Vec<String>) -> Measure {
    let (base, token, ids) = (served.base.clone(), served.token.clone(), served.ids.clone());
    Measure::new(name, "", 8, 204, move |n| {
        let group = &groups[n % groups.len()];
        let user = &ids[ids.len() - 1 - n % (ids.len() / 2)];
        let value = if n / (ids.len() / 2) % 2 == 0 {
            json!({"op": "add", "path": "members", "value": [{"value": user, "display": "Ines Moreau"}]})
        } else {
            json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")})
        };
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [value]});
        request("PATCH", &format!("{base}/Groups/{group}"), &token, &body.to_string())
    })
}
