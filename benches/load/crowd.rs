//! The latency of single requests under load: GET by id while eight clients scan, and a create during an import. Also the
//! latency of sorted lists.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::client::{Load, Requests, Sample, drive, request};
use super::measures::{delete, ids};
use super::people;
use super::served::Served;

/// Measures each request with and without the concurrent load.
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

    report("GET by id, alone", &run(1, 200, &next(), &get).await);
    let (read_next, scan_next) = (next(), next());
    let scan = fetch("filter=title%20co%20%22zz%22");
    let (read, scanned) = tokio::join!(run(1, 200, &read_next, &get), run(8, 200, &scan_next, &scan));
    report("GET by id, eight clients scan", &read);
    report("  their scans", &scanned);
    let (create_next, import_next) = (next(), next());
    report("POST, alone", &run(1, 201, &create_next, &one).await);
    let (created, imported) = tokio::join!(run(1, 201, &create_next, &one), run(64, 201, &import_next, &many));
    report("POST, 64 clients import", &created);
    report("  the import", &imported);
    delete(served, ids(&imported.bodies)).await;
    for attribute in ["userName", "name.familyName", "title"] {
        let sorted = fetch(&format!("sortBy={attribute}&startIndex=1&count=100"));
        report(&format!("100 sorted by {attribute}"), &run(1, 200, &next(), &sorted).await);
    }
}

fn report(name: &str, sample: &Sample) {
    let [median, high, most] = [0.5, 0.99, 1.0].map(|share| sample.quantile(share));
    println!(
        "{name:<32} {:>10.1}/s   median {median:>8.2} ms   p99 {high:>8.2} ms   longest {most:>8.2} ms",
        sample.rate()
    );
}
