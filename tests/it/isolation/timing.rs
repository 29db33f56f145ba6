//! The duration of 401 responses, by what the request names. No time is asserted, because times differ between machines:
//! `TIMING_SAMPLES` sets the number of samples of each kind, and the quartiles are printed (docs/hostile.md).

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::Value;

use crate::support::process::{Serve, run};
use crate::support::reference::{client, filter, user};

const SAMPLES: usize = 20;
/// An id and a directory key that do not exist.
const UNKNOWN_ID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const UNKNOWN_KEY: &str = "0000000000000000";

/// Requests by kind.
struct Kinds(Vec<(&'static str, Vec<u8>)>);

impl Kinds {
    fn add(&mut self, name: &'static str, method: &str, path: &str, authorization: &str, body: &str) {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n");
        let about = format!("Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n");
        self.0.push((name, format!("{head}{about}{body}").into_bytes()));
    }
}

/// Sends a request on an open connection. Returns the duration, and the response without the headers that differ each time.
fn exchange(stream: &mut TcpStream, request: &[u8]) -> (Duration, String) {
    let began = Instant::now();
    stream.write_all(request).unwrap();
    let (mut response, mut buffer) = (Vec::new(), [0; 4_096]);
    let whole = loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the server closed");
        response.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&response);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse::<usize>().unwrap() {
            break text.into_owned();
        }
    };
    let took = began.elapsed();
    let same = |line: &&str| !line.starts_with("date: ") && !line.starts_with("x-request-id: ");
    (took, whole.lines().filter(same).collect::<Vec<_>>().join("\n"))
}

async fn create(url: &str, token: &str) -> String {
    let request = client().post(format!("{url}/Users")).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(user("ann@example.com").to_string());
    let made: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// Adds a directory, and returns its path and token.
fn another(store: &str, auth: &str) -> (String, String) {
    let (_, out, err) =
        run(&["directory", "add", "--data", store, "--name", auth, "--auth", auth, "--organization", auth, "--json"]);
    let added: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let text = |key: &str| added[key].as_str().unwrap().to_owned();
    (reqwest::Url::parse(&text("scim_url")).unwrap().path().to_owned(), text("token"))
}

#[tokio::test]
async fn the_same_401_is_sent_whatever_exists() {
    let samples = std::env::var("TIMING_SAMPLES").map_or(SAMPLES, |samples| samples.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let server = Serve::on(&store, &[]);
    let id = create(&server.scim_url, &server.token).await;
    let (_, foreign) = another(store.to_str().unwrap(), "bearer");
    let (basic, _) = another(store.to_str().unwrap(), "basic");
    let url = reqwest::Url::parse(&server.scim_url).unwrap();
    let (path, nowhere) = (url.path(), format!("/scim/v2/{UNKNOWN_KEY}"));
    let bearer = format!("Bearer {foreign}");
    let long = format!("Bearer {}", "t".repeat(900));
    let (small, large) = (user("ann@example.com").to_string(), format!("{{\"title\":\"{}\"}}", "x".repeat(30_000)));
    let (known, unknown) = (format!("{path}/Users/{id}"), format!("{path}/Users/{UNKNOWN_ID}"));
    let lookup = |name: &str| format!("{path}/Users?{}", filter(&format!("userName eq \"{name}@example.com\"")));

    let mut kinds = Kinds(Vec::new());
    kinds.add("directory unknown", "GET", &format!("{nowhere}/Users/{id}"), &bearer, "");
    kinds.add("directory known, id known", "GET", &known, &bearer, "");
    kinds.add("directory known, id unknown", "GET", &unknown, &bearer, "");
    kinds.add("directory with basic credentials", "GET", &format!("{basic}/Users/{id}"), &bearer, "");
    kinds.add("userName taken", "GET", &lookup("ann"), &bearer, "");
    kinds.add("userName free", "GET", &lookup("bob"), &bearer, "");
    kinds.add("PATCH, id known", "PATCH", &known, &bearer, &small);
    kinds.add("PATCH, id unknown", "PATCH", &unknown, &bearer, &small);
    kinds.add("POST of 30 KB, directory known", "POST", &format!("{path}/Users"), &bearer, &large);
    kinds.add("POST of 30 KB, directory unknown", "POST", &format!("{nowhere}/Users"), &bearer, &large);
    kinds.add("900 bytes of token, bearer", "GET", &known, &long, "");
    kinds.add("900 bytes of token, basic", "GET", &format!("{basic}/Users/{id}"), &long, "");
    kinds.add("900 bytes of token, unknown", "GET", &format!("{nowhere}/Users/{id}"), &long, "");

    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut responses) = (vec![Vec::with_capacity(samples); kinds.0.len()], BTreeSet::new());
    let (mut order, mut random) = ((0..kinds.0.len()).collect::<Vec<_>>(), StdRng::seed_from_u64(1));
    for _ in 0..samples {
        // The order changes each time, so that no kind always follows the same one.
        order.shuffle(&mut random);
        for kind in &order {
            let (took, response) = exchange(&mut stream, &kinds.0[*kind].1);
            times[*kind].push(took);
            responses.insert(response);
        }
    }
    assert_eq!(responses.len(), 1, "{responses:?}");
    println!("{samples} of each; microseconds: first quartile, median, third quartile");
    for ((name, _), mut times) in kinds.0.into_iter().zip(times) {
        times.sort();
        let quartile = |number: usize| times[(times.len() - 1) * number / 4].as_secs_f64() * 1e6;
        println!("{name:<36} {:>7.1} {:>7.1} {:>7.1}", quartile(1), quartile(2), quartile(3));
    }
    assert_eq!(server.terminate(), 0);
}
