//! Authentication: each defect is one finding, a server without credentials is not judged, and a user that was created with a
//! wrong token is deleted.

use scimulate::report::{Run, Verdict};
use scimulate::server::defects::by_name;
use scimulate::wire::{Auth, Service, Target};
use scimulate::{Profile, Server};

use crate::support::harness::{check_target, ids, reference, report_of, target_of};
use crate::support::toy::Toy;

const SECURITY: &str = "^security/|^oin/acceptance/wrong-token";

fn run(server: &Server) -> Run {
    report_of(check_target(target_of(server)).name(SECURITY).profile(Profile::All))
}

#[test]
fn each_defect_is_one_finding_and_the_reference_has_none() {
    for (defects, finding) in [
        (&[][..], None),
        (&["token-not-required"], Some("security/missing-token:wrong-status:user")),
        (&["empty-token-accepted"], Some("security/empty-token:wrong-status:user")),
        (&["wrong-token-accepted"], Some("security/wrong-token:wrong-status:user")),
        (&["any-token-creates"], Some("security/wrong-token:wrong-status:user")),
        (&["wrong-token-answered-403"], Some("oin/wrong-token-status:wrong-status:user")),
        (&["unauthorized-without-scim-error"], Some("oin/error-schema:missing:error")),
        (&["no-token-answered-500"], Some("rfc/missing-token-status:wrong-status:user")),
        (&["no-token-without-scim-error"], Some("rfc/missing-token-error:missing:error")),
        (&["lower-case-bearer-refused"], Some("rfc/bearer-case:wrong-status:user")),
    ] {
        assert!(defects.iter().all(|name| by_name(name).is_some()), "{defects:?}");
        let run = run(&reference(defects));
        let found: Vec<&str> = run.findings().iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(found, finding.into_iter().collect::<Vec<_>>(), "{defects:?}");
        assert_eq!(ids(&run, Verdict::Inconclusive), Vec::<String>::new(), "{defects:?}");
        assert_eq!(run.leftovers, Vec::<String>::new(), "{defects:?}");
    }
}

/// Returns a server that ignores credentials.
fn open(auth: Auth) -> (Target, std::sync::Arc<Toy>) {
    let toy = std::sync::Arc::new(Toy::default());
    let shared = std::sync::Arc::clone(&toy);
    let service = Service::new(tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        let response = toy.handle(&request);
        async move { Ok(response) }
    }));
    (Target::in_process("http://open/scim", auth, service), shared)
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_is_observed() {
    let (target, _) = open(Auth::None);
    let run = check_target(target).name("^security/").run_here().await.unwrap();
    assert_eq!(ids(&run, Verdict::NotObserved).len(), run.scenarios.len(), "{:?}", run.scenarios);
    assert_eq!(run.findings().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_credentials_has_security_findings_and_keeps_no_user_of_the_run() {
    for auth in [Auth::Bearer("t0ken-of-the-user".into()), Auth::Basic { user: "u".into(), password: "p4ss".into() }] {
        let (target, toy) = open(auth);
        let run = check_target(target).name("^security/").run_here().await.unwrap();
        let found: Vec<&str> = run.findings().iter().map(|finding| finding.requirement.as_str()).collect();
        for requirement in ["security/missing-token", "security/empty-token", "security/wrong-token"] {
            assert!(found.contains(&requirement), "{found:?}");
        }
        assert_eq!((found.len(), ids(&run, Verdict::Deviation).len()), (3, 6), "{found:?}");
        assert!(toy.resources().is_empty(), "{:?}", toy.resources());
    }
}

#[tokio::test(start_paused = true)]
async fn a_curl_line_repeats_the_credential_that_was_sent() {
    for (auth, wrong) in [
        (Auth::Bearer("t0ken-of-the-user".into()), "-H \"Authorization: Bearer ${TOKEN}x\""),
        (Auth::Basic { user: "u".into(), password: "p4ssw0rd".into() }, "-H \"Authorization: Basic ${BASIC}x\""),
        (Auth::Raw("raw-t0ken".into()), "-H \"Authorization: ${TOKEN}x\""),
    ] {
        let (target, _) = open(auth);
        let run = check_target(target).name("^security/authentication/read").run_here().await.unwrap();
        let curl = |requirement: &str| {
            let finding = run.findings().iter().find(|finding| finding.requirement == requirement).unwrap();
            finding.exchanges.last().unwrap().curl.clone()
        };
        assert!(curl("security/wrong-token").contains(wrong), "{}", curl("security/wrong-token"));
        assert!(!curl("security/missing-token").contains("Authorization"), "{}", curl("security/missing-token"));
        let empty = curl("security/empty-token");
        assert!(empty.contains("Authorization: ") && !empty.contains('$'), "{empty}");
        let report = run.to_json().to_string();
        assert!(!["t0ken-of", "p4ssw0rd", "raw-t0ken"].iter().any(|secret| report.contains(secret)), "{report}");
    }
}
