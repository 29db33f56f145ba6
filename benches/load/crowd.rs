//! How single requests fare among many: GET by id while eight clients scan, a create during an import. And how long sorting
//! takes.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::client::{Load, Requests, Sample, drive, request};
use super::measures::{delete, ids};
use super::people;
use super::served::Served;

/// Each beside the same without the crowd.
pub async fn measure(served: &Served, duration: Duration) {
    println!("\n{} users", served.users);
    let (base, token) = (&served.base, &served.token);
    let get: Requests = {
        let (base, token, ids) = (base.clone(), token.clone(), served.ids.clone());
        Arc::new(move |n| request("GET", &format!("{base}/Users/{}", ids[n * 7_919 % ids.len()]), &token, ""))
    };
    let fetch = |query: &str| -> Requests {
        let request = request("GET", &format!("{base}/Users?{query}"), token, "");
        Arc::new(move |_| request.clone())
    };
    let create = |first: usize| -> Requests {
        let (target, token) = (format!("{base}/Users"), token.clone());
        Arc::new(move |n| request("POST", &target, &token, &people::body(first + n).to_string()))
    };
    let first = served.users + rand::random::<u32>() as usize * 1_000;
    let (one, many) = (create(first), create(first + 100_000_000));
    let run = async |connections: usize, status: u16, next: &Arc<AtomicUsize>, requests: &Requests| {
        let load = Load { keep: status == 201, ..Load::new(connections, duration, status) };
        let sample = drive(served.address, &load, next, requests).await;
        assert_eq!(sample.broken, None);
        sample
    };
    let next = Arc::<AtomicUsize>::default;

    told("GET by id, alone", &run(1, 200, &next(), &get).await);
    let (found, scanned) = (next(), next());
    let scan = fetch("filter=title%20co%20%22zz%22");
    let (found, scanned) = tokio::join!(run(1, 200, &found, &get), run(8, 200, &scanned, &scan));
    told("GET by id, eight clients scan", &found);
    told("  their scans", &scanned);
    let (made, imported) = (next(), next());
    told("POST, alone", &run(1, 201, &made, &one).await);
    let (made, imported) = tokio::join!(run(1, 201, &made, &one), run(64, 201, &imported, &many));
    told("POST, 64 clients import", &made);
    told("  the import", &imported);
    delete(served, ids(&imported.bodies)).await;
    for attribute in ["userName", "name.familyName", "title"] {
        let sorted = fetch(&format!("sortBy={attribute}&startIndex=1&count=100"));
        told(&format!("100 sorted by {attribute}"), &run(1, 200, &next(), &sorted).await);
    }
}

fn told(what: &str, sample: &Sample) {
    let [median, high, most] = [0.5, 0.99, 1.0].map(|share| sample.quantile(share));
    println!(
        "{what:<32} {:>10.1}/s   median {median:>8.2} ms   p99 {high:>8.2} ms   longest {most:>8.2} ms",
        sample.rate()
    );
}
