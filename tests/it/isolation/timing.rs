//! How long a refusal takes, for whatever it is that a stranger names. Nothing here asserts a time, which no machine would
//! keep: `TIMING_SAMPLES` says how many are taken of each kind, and the quartiles are printed (docs/hostile.md).

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
/// An id, a key and a token that nobody has.
const NOBODY: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NOWHERE: &str = "0000000000000000";

/// Whole requests by kind.
struct Kinds(Vec<(&'static str, Vec<u8>)>);

impl Kinds {
    fn add(&mut self, name: &'static str, method: &str, path: &str, authorization: &str, body: &str) {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n");
        let about = format!("Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n");
        self.0.push((name, format!("{head}{about}{body}").into_bytes()));
    }
}

/// Sends a request on a connection that is kept; the answer, without what is different in any two.
fn ask(stream: &mut TcpStream, request: &[u8]) -> (Duration, String) {
    let began = Instant::now();
    stream.write_all(request).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4_096]);
    let whole = loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the server closed");
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
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

/// A directory beside the first: its path and its token.
fn another(store: &str, auth: &str) -> (String, String) {
    let (_, out, err) =
        run(&["directory", "add", "--data", store, "--name", auth, "--auth", auth, "--organization", auth, "--json"]);
    let added: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let text = |key: &str| added[key].as_str().unwrap().to_owned();
    (reqwest::Url::parse(&text("scim_url")).unwrap().path().to_owned(), text("token"))
}

#[tokio::test]
async fn a_refusal_takes_the_same_time_whatever_it_is_about() {
    let samples = std::env::var("TIMING_SAMPLES").map_or(SAMPLES, |samples| samples.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let server = Serve::on(&store, &[]);
    let id = create(&server.scim_url, &server.token).await;
    let (_, foreign) = another(store.to_str().unwrap(), "bearer");
    let (basic, _) = another(store.to_str().unwrap(), "basic");
    let url = reqwest::Url::parse(&server.scim_url).unwrap();
    let (path, nowhere) = (url.path(), format!("/scim/v2/{NOWHERE}"));
    let bearer = format!("Bearer {foreign}");
    let long = format!("Bearer {}", "t".repeat(900));
    let (small, large) = (user("ann@example.com").to_string(), format!("{{\"title\":\"{}\"}}", "x".repeat(30_000)));
    let (known, unknown) = (format!("{path}/Users/{id}"), format!("{path}/Users/{NOBODY}"));
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
    let (mut times, mut answers) = (vec![Vec::with_capacity(samples); kinds.0.len()], BTreeSet::new());
    let (mut order, mut random) = ((0..kinds.0.len()).collect::<Vec<_>>(), StdRng::seed_from_u64(1));
    for _ in 0..samples {
        // In another order each time, so that none always comes after the same one.
        order.shuffle(&mut random);
        for kind in &order {
            let (took, answer) = ask(&mut stream, &kinds.0[*kind].1);
            times[*kind].push(took);
            answers.insert(answer);
        }
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    println!("{samples} of each; microseconds: first quartile, median, third quartile");
    for ((name, _), mut times) in kinds.0.into_iter().zip(times) {
        times.sort();
        let quartile = |number: usize| times[(times.len() - 1) * number / 4].as_secs_f64() * 1e6;
        println!("{name:<36} {:>7.1} {:>7.1} {:>7.1}", quartile(1), quartile(2), quartile(3));
    }
    assert_eq!(server.terminate(), 0);
}
