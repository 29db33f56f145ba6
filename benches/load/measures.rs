//! The measures, round after round, and the table of their medians.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::client::{Requests, drive, request};
use super::people;
use super::served::{Served, yardstick};

/// One thing that is measured of one server.
struct Measure {
    name: String,
    /// The bare answer that it is compared with.
    bare: &'static str,
    connections: usize,
    status: u16,
    next: Arc<AtomicUsize>,
    requests: Requests,
    rounds: Vec<Round>,
}

struct Round {
    rate: f64,
    /// Processor time of the server for one request, in microseconds.
    processor: f64,
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
        Self { name: name.into(), bare, connections, status, next, requests, rounds: Vec::new() }
    }

    fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.rate))
    }

    fn processor(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.processor))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn bare() -> Vec<Measure> {
    let get = |connections| Measure::new("bare GET", "", connections, 200, |_| request("GET", "/", "none", ""));
    let post = |connections| {
        let name = if connections == 8 { "bare POST, 8" } else { "bare POST, 64" };
        Measure::new(name, "", connections, 200, |n| request("POST", "/", "none", &people::body(n).to_string()))
    };
    vec![get(8), post(8), post(64)]
}

fn measures(served: &Served) -> Vec<Measure> {
    let Served { base, token, users, .. } = served;
    // Processes of earlier runs over a kept store made people too.
    let first = users + rand::random::<u32>() as usize * 1_000;
    let fetch = |name: &str, target: Box<dyn Fn(usize) -> String + Send + Sync>| {
        let (base, token) = (base.clone(), token.clone());
        Measure::new(name, "bare GET", 8, 200, move |n| request("GET", &format!("{base}{}", target(n)), &token, ""))
    };
    let post = |connections: usize, bare, first: usize| {
        let (target, token) = (format!("{base}/Users"), token.clone());
        let make = move |n| request("POST", &target, &token, &people::body(first + n).to_string());
        Measure::new(format!("POST, {connections} connections"), bare, connections, 201, make)
    };
    let (ids, all) = (served.ids.clone(), *users);
    let by_id = fetch("GET by id", Box::new(move |n| format!("/Users/{}", ids[n * 7_919 % ids.len()])));
    let by_name = Box::new(move |n: usize| {
        let filter = format!("userName eq \"{}\"", people::name(n * 7_919 % all));
        format!("/Users?filter={}&startIndex=1&count=100", utf8_percent_encode(&filter, NON_ALPHANUMERIC))
    });
    let list = |start: usize| {
        let place = if start == 1 {
            "first"
        } else if start < all * 3 / 4 {
            "middle"
        } else {
            "last"
        };
        fetch(&format!("list of 100, {place}"), Box::new(move |_| format!("/Users?startIndex={start}&count=100")))
    };
    vec![
        post(8, "bare POST, 8", first),
        post(64, "bare POST, 64", first + 100_000_000),
        bulk(served, first + 200_000_000),
        by_id,
        fetch("userName eq", by_name),
        add("one more member of about 10", served, served.small.clone()),
        add("one more member of many", served, vec![served.large.clone()]),
        list(1),
        list(all / 2),
        list(all - 100),
    ]
}

/// A bulk request of 1,000 creates, one at a time.
fn bulk(served: &Served, first: usize) -> Measure {
    let (target, token) = (format!("{}/Bulk", served.base), served.token.clone());
    Measure::new("bulk of 1,000 creates", "", 1, 200, move |n| {
        let one =
            |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": people::body(n)});
        let operations: Vec<_> = (0..1_000).map(|part| one(first + n * 1_000 + part)).collect();
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        request("POST", &target, &token, &json!({"schemas": schemas, "Operations": operations}).to_string())
    })
}

/// One more member, as Okta's OIN apps send it; each call another one.
fn add(name: &str, served: &Served, groups: Vec<String>) -> Measure {
    let (base, token, ids) = (served.base.clone(), served.token.clone(), served.ids.clone());
    Measure::new(name, "", 8, 204, move |n| {
        let group = &groups[n % groups.len()];
        let user = &ids[ids.len() - 1 - n % (ids.len() / 2)];
        let (op, value) = if n / (ids.len() / 2) % 2 == 0 {
            ("add", json!({"op": "add", "path": "members", "value": [{"value": user, "display": "Ines Moreau"}]}))
        } else {
            ("remove", json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")}))
        };
        debug_assert_eq!(value["op"], op);
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [value]});
        request("PATCH", &format!("{base}/Groups/{group}"), &token, &body.to_string())
    })
}

/// Takes all measures and prints them.
pub async fn run(all: &[Served], only: &str, rounds: usize, duration: Duration) {
    let (process, address) = yardstick();
    let mut yard = bare();
    let mut tables: Vec<(&Served, Vec<Measure>)> = all.iter().map(|served| (served, measures(served))).collect();
    for round in 0..rounds {
        for measure in &mut yard {
            take(measure, address, &|| process.processor(), duration).await;
        }
        for (served, measures) in &mut tables {
            for measure in measures.iter_mut().filter(|measure| measure.name.contains(only)) {
                take(measure, served.address, &|| served.process.processor(), duration).await;
            }
        }
        println!("round {} of {rounds} is done", round + 1);
    }
    print(&yard, &yard);
    for (served, measures) in &tables {
        println!("\n{} users; the large group had {} members", served.users, served.large_size);
        print(measures, &yard);
        println!("{:<30} {:>9.0} MB of anonymous memory", "the server holds", served.process.memory());
    }
}

async fn take(
    measure: &mut Measure,
    address: std::net::SocketAddr,
    processor: &(dyn Fn() -> f64 + Sync),
    duration: Duration,
) {
    let before = processor();
    let sample = drive(address, measure.connections, duration, measure.status, &measure.next, &measure.requests).await;
    let processor = (processor() - before) * 1e6 / sample.requests.max(1) as f64;
    measure.rounds.push(Round { rate: sample.rate(), processor });
}

fn print(measures: &[Measure], yard: &[Measure]) {
    for measure in measures.iter().filter(|measure| !measure.rounds.is_empty()) {
        let (rate, processor) = (measure.rate(), measure.processor());
        let busy = rate * processor / 1e4;
        let line = format!("{:<30} {rate:>9.0}/s {processor:>7.1} µs of processor, {busy:>4.0}% busy", measure.name);
        match yard.iter().find(|bare| bare.name == measure.bare) {
            Some(bare) => {
                let ratios = measure.rounds.iter().zip(&bare.rounds).map(|(one, bare)| one.rate / bare.rate);
                let could = 1e6 / processor / bare.rate();
                println!("{line}, {:.3} of {} ({could:.3} if it filled its processor)", median(ratios), bare.name);
            }
            None => println!("{line}"),
        }
    }
}
