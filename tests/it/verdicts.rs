//! Targets that hang, cut, answer HTML, redirect in a loop or never stop talking: a run ends with verdicts and a
//! sentence that says what was seen, within its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use scimulate::cli::Exit;
use scimulate::cli::check::exit;
use scimulate::report::{Run, Verdict};
use scimulate::wire::{Auth, Target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::LONG;
use crate::support::harness::{Check, reference};

#[derive(Debug, Clone, Copy)]
enum Fault {
    Hang,
    Cut,
    Html,
    Redirect,
    Endless,
    /// 429 with a Retry-After of an hour.
    Busy,
    /// DELETE is refused, everything else is forwarded.
    NoDelete,
    /// Whoever is looked up by userName, the answer is about the resident; everything else is forwarded.
    OneForAll,
}

/// Somebody whom no run made.
const RESIDENT: &str = "resident@example.com";

/// A target that forwards so many requests to `origin` and shows its fault from then on; it lives as long as the value.
struct Broken {
    target: Target,
    _runtime: tokio::runtime::Runtime,
}

impl Broken {
    fn start(fault: Fault, good: usize, origin: Option<(String, Auth)>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (base, auth) = origin.unwrap_or_default();
        let path = base.splitn(4, '/').nth(3).unwrap_or("scim").to_owned();
        let upstream = base.split('/').nth(2).unwrap_or_default().to_owned();
        let answered = Arc::new(AtomicUsize::new(0));
        runtime.spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(serve(stream, fault, good, Arc::clone(&answered), upstream.clone()));
            }
        });
        let mut target = Target::new(format!("http://{address}/{path}"), auth);
        // A target that answers may take its time, as on any busy machine.
        if matches!(fault, Fault::Hang | Fault::Endless) {
            target.timeout = Duration::from_millis(400);
        }
        Self { target, _runtime: runtime }
    }
}

/// One request a connection: each answer closes it, so that counting is plain.
async fn serve(mut stream: TcpStream, fault: Fault, good: usize, answered: Arc<AtomicUsize>, upstream: String) {
    let Some(request) = read_request(&mut stream).await else { return };
    let refused = matches!(fault, Fault::NoDelete) && request.starts_with(b"DELETE");
    if answered.fetch_add(1, Ordering::SeqCst) < good && !refused {
        let Ok(mut origin) = TcpStream::connect(&upstream).await else { return };
        let head = String::from_utf8_lossy(&request).into_owned();
        let head = if matches!(fault, Fault::OneForAll) { about_the_resident(&head) } else { head };
        let closing = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        origin.write_all(closing.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        origin.read_to_end(&mut answer).await.unwrap();
        let _ = stream.write_all(&answer).await;
        return;
    }
    let page = "<html>hello</html>";
    match fault {
        Fault::Hang => std::future::pending().await,
        // The one for all comes only through its origin.
        Fault::Cut | Fault::OneForAll => {}
        Fault::Html => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n", page.len());
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{page}").as_bytes()).await;
        }
        Fault::Redirect => {
            let head = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Fault::Busy => {
            let head =
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Fault::NoDelete => {
            let head = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Fault::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n").await;
            let much = vec![b' '; 65536];
            while stream.write_all(&much).await.is_ok() {}
        }
    }
}

/// The request, with the userName of a lookup replaced.
fn about_the_resident(request: &str) -> String {
    let Some((before, rest)) = request.split_once("filter=userName%20eq%20%22") else { return request.to_owned() };
    let (_, after) = rest.split_once("%22").unwrap();
    format!("{before}filter=userName%20eq%20%22{}%22{after}", RESIDENT.replace('@', "%40"))
}

async fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut request, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.trim().parse::<usize>().unwrap() {
                return Some(request);
            }
        }
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
    }
}

fn every_result_says_something(run: &Run) {
    assert!(!run.scenarios.is_empty());
    for result in &run.scenarios {
        assert!(!result.sentence.is_empty(), "{} says nothing", result.id);
    }
}

#[test]
fn a_target_that_is_broken_from_the_first_request_ends_the_run_with_what_was_seen() {
    let table = [
        (Fault::Hang, "no whole answer within 0.4 s"),
        (Fault::Cut, "the connection was cut"),
        (Fault::Html, "<html>hello</html>"),
        (Fault::Redirect, "answered 302"),
        (Fault::Endless, "no whole answer"),
    ];
    for (fault, seen) in table {
        let broken = Broken::start(fault, 0, None);
        let begun = Instant::now();
        let run = Check::of(broken.target.clone()).tags("@server").run();
        assert!(begun.elapsed() < LONG, "{fault:?} took {:?}", begun.elapsed());
        every_result_says_something(&run);
        let told = run.stopped.clone().unwrap_or_default();
        let large = matches!(fault, Fault::Endless) && told.contains("larger than");
        assert!(told.contains(seen) || large, "{fault:?}: {told}");
        assert!(run.scenarios.iter().all(|result| result.verdict == Verdict::Inconclusive), "{fault:?}");
        assert_eq!(exit(&run), Exit::Unusable, "{fault:?}");
    }
}

#[test]
fn a_target_that_breaks_after_some_good_answers_ends_the_run_within_its_time() {
    for fault in [Fault::Hang, Fault::Cut, Fault::Html, Fault::Redirect, Fault::Endless] {
        let server = reference(&[]);
        let origin = Some((server.scim_url.clone(), Auth::Bearer(server.token.clone())));
        let broken = Broken::start(fault, 9, origin);
        let begun = Instant::now();
        let run = Check::of(broken.target.clone()).tags("@server").run();
        assert!(begun.elapsed() < LONG, "{fault:?} took {:?}", begun.elapsed());
        every_result_says_something(&run);
        let unanswered = matches!(fault, Fault::Hang | Fault::Cut | Fault::Endless);
        if unanswered {
            let told = run.stopped.clone().unwrap_or_default();
            assert!(told.contains("3 requests in a row had no answer"), "{fault:?}: {told}");
        } else {
            // An answer that says something else is a fault of the target, not of the line.
            assert_eq!(exit(&run), Exit::Deviations, "{fault:?}");
        }
        assert!(run.scenarios.iter().any(|result| result.verdict != Verdict::Passed), "{fault:?}");
    }
}

#[test]
fn the_time_limit_ends_a_run_and_leaves_verdicts() {
    let server = reference(&[]);
    let run = Check::reference(&server).tags("@server").limit(Duration::from_millis(150)).one_at_a_time().run();
    every_result_says_something(&run);
    assert!(run.stopped.clone().unwrap_or_default().contains("time limit"), "{:?}", run.stopped);
    assert!(run.scenarios.iter().any(|result| result.verdict == Verdict::Inconclusive));
    assert_eq!(run.leftovers, Vec::<String>::new(), "clean-up has its own time");
}

#[test]
fn without_an_event_source_the_events_are_not_observed_and_the_rest_is_judged() {
    let server = reference(&[]);
    let run = Check::reference(&server).without_events().tags("@server").name("deactivate/unassign").run();
    let of = |id: &str| run.scenarios.iter().find(|result| result.id == id).unwrap().verdict;
    assert_eq!(of("okta/deactivate/unassign@oin"), Verdict::Passed);
    assert_eq!(of("okta/deactivate/unassign@oin#events"), Verdict::NotObserved);
    assert_eq!(exit(&run), Exit::Good);
    // Also where the scenario ends before it comes to them.
    let server = reference(&["deactivation-ignored"]);
    let run = Check::reference(&server).without_events().name("^okta/deactivate/unassign@oin$").run();
    let seen: Vec<Verdict> = run.scenarios.iter().map(|result| result.verdict).collect();
    assert_eq!(seen, [Verdict::Deviation, Verdict::NotObserved]);
}

#[test]
fn a_fault_is_told_where_it_is_and_with_what_okta_told_the_administrator() {
    let server = reference(&["counters-as-strings"]);
    let run = Check::reference(&server).name("^okta/(create/new|deactivate/unassign)@oin$").run();
    let of = |id: &str| run.scenarios.iter().find(|result| result.id == id).unwrap();
    let created = of("okta/create/new@oin");
    assert!(created.sentence.contains("Okta stops after 1 request: "), "{}", created.sentence);
    // Nobody was created, so nobody can be deactivated: that is the fault of the creation, not of the deactivation.
    let deactivated = of("okta/deactivate/unassign@oin");
    let step = deactivated.steps.iter().find(|step| step.verdict == Verdict::Deviation).unwrap();
    assert_eq!(step.text, "And ada is assigned to the app");
    assert!(deactivated.sentence.starts_with("Okta shows the administrator"), "{}", deactivated.sentence);
    assert!(!step.exchanges.is_empty(), "the requests that show it are told");
}

#[test]
fn a_retry_after_beyond_the_time_limit_ends_the_wait() {
    let server = reference(&[]);
    // The connection test and the bystander are answered; Okta's lookup is told to come back in an hour.
    let origin = Some((server.scim_url.clone(), Auth::Bearer(server.token.clone())));
    let busy = Broken::start(Fault::Busy, 2, origin);
    let begun = Instant::now();
    let run = Check::of(busy.target.clone()).name("^okta/create/new@oin$").limit(Duration::from_secs(1)).run();
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    every_result_says_something(&run);
    assert_eq!(run.scenarios[0].verdict, Verdict::Inconclusive, "{:?}", run.scenarios[0]);
    assert!(run.scenarios[0].sentence.contains("a wait of 3600 s"), "{}", run.scenarios[0].sentence);
    assert_eq!(exit(&run), Exit::Unusable);
}

#[test]
fn where_delete_is_refused_people_are_deactivated_and_what_stays_is_listed() {
    let server = reference(&[]);
    let origin = Some((server.scim_url.clone(), Auth::Bearer(server.token.clone())));
    let keeping = Broken::start(Fault::NoDelete, usize::MAX, origin);
    let run = Check::of(keeping.target.clone()).name("^okta/push-groups/by-name@aiw$").run();
    let users: Vec<&String> = run.leftovers.iter().filter(|left| left.starts_with("/Users/")).collect();
    let groups: Vec<&String> = run.leftovers.iter().filter(|left| left.starts_with("/Groups/")).collect();
    assert_eq!(groups.len(), 2, "{:?}", run.leftovers);
    assert!(!users.is_empty() && users.iter().all(|left| left.ends_with("(DELETE: 405; deactivated)")), "{users:?}");
    let list = client_of(&server, "/Users?startIndex=1&count=100");
    let resources = list["Resources"].as_array().unwrap();
    assert_eq!(resources.len(), users.len());
    assert!(resources.iter().all(|user| user["active"] == false), "{list}");
}

#[test]
fn nothing_that_the_run_did_not_make_is_touched_and_nothing_of_it_stays() {
    let server = reference(&[]);
    let made = resident(&server);
    let run = Check::reference(&server).tags("@server").run();
    assert_eq!(exit(&run), Exit::Good);
    let list = client_of(&server, "/Users?startIndex=1&count=100");
    assert_eq!(list["Resources"], serde_json::json!([made]));
    assert_eq!(client_of(&server, "/Groups")["totalResults"], 0);
}

#[test]
fn a_lookup_that_gives_somebody_else_is_a_deviation_and_that_one_stays_as_it_was() {
    let server = reference(&[]);
    let made = resident(&server);
    let id = made["id"].as_str().unwrap();
    let origin = Some((server.scim_url.clone(), Auth::Bearer(server.token.clone())));
    let misleading = Broken::start(Fault::OneForAll, usize::MAX, origin);
    let run = Check::of(misleading.target.clone()).tags("@server").run();
    assert_eq!(exit(&run), Exit::Deviations);
    for client in ["oin", "aiw"] {
        let of = |id: &str| run.scenarios.iter().find(|result| result.id == format!("okta/{id}@{client}")).unwrap();
        let told = format!("the lookup of ada gave {id}, which this run did not make");
        for scenario in ["create/new", "create/existing", "deactivate/unassign", "update/mapped"] {
            let result = of(scenario);
            assert_eq!(result.verdict, Verdict::Deviation, "{scenario}@{client}: {}", result.sentence);
            assert!(result.sentence.contains(&told), "{scenario}@{client}: {}", result.sentence);
        }
    }
    assert_eq!(run.leftovers, Vec::<String>::new());
    assert_eq!(client_of(&server, "/Users?startIndex=1&count=100")["Resources"], serde_json::json!([made]));
}

/// Makes somebody outside of any run.
fn resident(server: &scimulate::server::InProcess) -> serde_json::Value {
    let foreign = serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": RESIDENT,
        "name": {"givenName": "Re", "familyName": "Sident"}, "active": true,
        "emails": [{"value": "resident@example.org", "primary": true}]});
    let target = Target::new(server.scim_url.clone(), Auth::Bearer(server.token.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scimulate::wire::Client::new(target).unwrap().post("/Users", &foreign)).json().unwrap()
}

fn client_of(server: &scimulate::server::InProcess, path: &str) -> serde_json::Value {
    let target = Target::new(server.scim_url.clone(), Auth::Bearer(server.token.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scimulate::wire::Client::new(target).unwrap().get(path)).json().unwrap()
}
