//! Requests with other credentials than those of the run, and what the server must do with them.

use super::definition::{Args, StepDef, step};
use crate::base::Secret;
use crate::check::assertions::is_scim_error;
use crate::check::outcome::{Deviation, Kind, Outcome, StepResult, Subject};
use crate::check::reading::{describe, place, response, succeeded};
use crate::check::requirement::Requirement;
use crate::check::world::{Sender, World};
use crate::wire::encode::component;
use crate::wire::{Auth, Exchange, Method, Request, Target};

pub(super) const STEPS: &[StepDef] = &[
    step!(
        "a client looks up the user (without a credential|with a wrong credential|with an empty credential|with the scheme in lower case)",
        Target,
        look_up
    ),
    step!(
        "a client creates a user (without a credential|with a wrong credential|with an empty credential)",
        Target,
        create,
        CreatesKey("stranger")
    ),
    step!(
        "the server refuses the request (without a credential|with a wrong credential|with an empty credential)",
        Target,
        is_refused
    ),
    step!("the server accepts the request", Target, is_accepted),
];

/// The user that the lookup finds, and the user that a client tries to create.
const KNOWN: &str = "bystander";
const NEW: &str = "stranger";

/// Parts of the names of headers that may be credentials.
const CREDENTIAL_HEADERS: [&str; 5] = ["auth", "token", "key", "secret", "cookie"];

/// The credential of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    Absent,
    /// The right one and one character more.
    Wrong,
    Empty,
    /// The right one with the scheme `bearer`.
    LowerCase,
}

impl Credential {
    fn of(text: &str) -> Self {
        match text {
            "without a credential" => Self::Absent,
            "with a wrong credential" => Self::Wrong,
            "with an empty credential" => Self::Empty,
            _ => Self::LowerCase,
        }
    }

    /// Returns a wrong credential as transcripts show it: `***` is the right one. The others show themselves.
    fn shown(self, right: &Auth) -> Option<String> {
        match (self, right) {
            (Self::Wrong, Auth::Bearer(_)) => Some("Bearer ***x".to_owned()),
            (Self::Wrong, Auth::Basic { .. }) => Some("Basic ***x".to_owned()),
            (Self::Wrong, Auth::Raw(_)) => Some("***x".to_owned()),
            _ => None,
        }
    }

    /// Returns the credential in place of the run's, or the reason why it says nothing.
    fn replacing(self, target: &Target) -> Result<Auth, &'static str> {
        let may_identify = |name: &str| {
            let name = name.to_ascii_lowercase();
            CREDENTIAL_HEADERS.iter().any(|part| name.contains(part))
        };
        if target.headers.iter().any(|(name, _)| may_identify(name)) {
            return Err("a header of --header may be a credential");
        }
        let longer = |secret: &Secret| Secret::new(format!("{}x", secret.expose()));
        match (self, &target.auth) {
            (_, Auth::None) => Err("no credentials were given"),
            (Self::Absent, _) => Ok(Auth::None),
            (Self::Wrong, Auth::Bearer(token)) => Ok(Auth::Bearer(longer(token))),
            (Self::Wrong, Auth::Basic { user, password }) => {
                Ok(Auth::Basic { user: user.clone(), password: longer(password) })
            }
            (Self::Wrong, Auth::Raw(value)) => Ok(Auth::Raw(longer(value))),
            (Self::Empty, Auth::Bearer(_)) => Ok(Auth::Raw(Secret::new("Bearer "))),
            (Self::Empty, Auth::Basic { .. }) => Ok(Auth::Raw(Secret::new("Basic "))),
            (Self::Empty, Auth::Raw(_)) => Ok(Auth::Raw(Secret::new(""))),
            (Self::LowerCase, Auth::Bearer(token)) => Ok(Auth::Raw(Secret::new(format!("bearer {}", token.expose())))),
            (Self::LowerCase, _) => Err("the credential is not a bearer token"),
        }
    }
}

async fn look_up(world: &mut World, args: &Args) -> StepResult {
    let filter = format!("userName eq \"{}\"", world.person(KNOWN)?.login());
    let path = format!("/Users?filter={}&startIndex=1&count=100", component(&filter));
    send(world, args, Request::scim(Method::Get, path, None)).await
}

async fn create(world: &mut World, args: &Args) -> StepResult {
    world.cast_person(NEW);
    let body = world.user_body(NEW, true)?;
    send(world, args, Request::scim(Method::Post, "/Users", Some(&body))).await
}

async fn send(world: &mut World, args: &Args, request: Request) -> StepResult {
    let client = &world.run.client;
    let credential = Credential::of(args.text(0));
    let shown = credential.shown(&client.target().auth);
    let auth = credential.replacing(client.target());
    let auth = auth.map_err(|reason| Outcome::NotObserved(format!("authentication is not judged: {reason}")))?;
    world.mark = world.exchanges.len();
    let exchange = world.run.client.with_auth(auth).showing_auth(shown).send(request).await;
    let ended = response(&exchange).map(|_| ());
    world.record_exchange(Sender::Harness, exchange);
    ended
}

fn last(world: &World) -> StepResult<Exchange> {
    let last = world.exchanges.last().map(|(_, exchange)| exchange.clone());
    last.ok_or_else(|| Outcome::InvalidStep("no request was sent before this step".to_owned()))
}

/// Asserts a refusal. The body of a response that should not have been sent is not quoted: it may be about others.
async fn is_refused(world: &mut World, args: &Args) -> StepResult {
    let (exchange, credential) = (last(world)?, Credential::of(args.text(0)));
    let answer = response(&exchange)?;
    let (served, status, bare) = match credential {
        Credential::Wrong => (Requirement::WrongToken, Requirement::WrongTokenStatus, Requirement::ErrorSchema),
        Credential::Empty => (Requirement::EmptyToken, Requirement::MissingTokenStatus, Requirement::MissingTokenError),
        _ => (Requirement::MissingToken, Requirement::MissingTokenStatus, Requirement::MissingTokenError),
    };
    let wrong = |requirement| {
        let deviation = Deviation::new(
            requirement,
            Kind::WrongStatus,
            "status",
            "401",
            format!("{} {}", answer.status, args.text(0)),
        );
        deviation.at(describe(&exchange)).about(Subject::User)
    };
    world.note([served]);
    if !succeeded(&exchange) {
        world.note([status]);
    }
    // An empty credential is also a malformed request (RFC 6750 section 3.1).
    let allowed = answer.status == 401 || (credential == Credential::Empty && matches!(answer.status, 400 | 403));
    if succeeded(&exchange) {
        return Err(wrong(served).into());
    }
    if !allowed {
        return Err(wrong(status).into());
    }
    if credential == Credential::Empty {
        return Ok(());
    }
    world.note([bare]);
    if !is_scim_error(answer) {
        let deviation = Deviation::new(bare, Kind::Missing, "SCIM error", "a SCIM error", "nothing");
        world.report(deviation.at(place(&exchange)).about(Subject::Error));
    }
    Ok(())
}

async fn is_accepted(world: &mut World, _: &Args) -> StepResult {
    let exchange = last(world)?;
    let status = response(&exchange)?.status;
    world.note([Requirement::BearerCase]);
    if matches!(status, 401 | 403) {
        let seen = format!("{status} for the scheme bearer in lower case");
        let deviation = Deviation::new(Requirement::BearerCase, Kind::WrongStatus, "status", "200", seen);
        return Err(deviation.at(describe(&exchange)).about(Subject::User).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_credentials_have_the_scheme_of_the_right_one() {
        let replaced = |credential: Credential, auth: Auth| {
            let auth = credential.replacing(&Target::new("http://h/scim", auth))?;
            Ok::<_, &str>(auth.header())
        };
        let bearer = || Auth::Bearer(Secret::new("t0ken"));
        let basic = || Auth::Basic { user: "u".into(), password: Secret::new("p") };
        let raw = || Auth::Raw(Secret::new("raw"));
        let is = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(replaced(Credential::Absent, bearer()), Ok(None));
        assert_eq!(replaced(Credential::Wrong, bearer()), is("Bearer t0kenx"));
        assert_eq!(replaced(Credential::Wrong, basic()), is("Basic dTpweA=="));
        assert_eq!(replaced(Credential::Wrong, raw()), is("rawx"));
        assert_eq!(replaced(Credential::Empty, bearer()), is("Bearer "));
        assert_eq!(replaced(Credential::Empty, basic()), is("Basic "));
        assert_eq!(replaced(Credential::LowerCase, bearer()), is("bearer t0ken"));
        assert!(replaced(Credential::LowerCase, basic()).is_err());
        assert!(replaced(Credential::Absent, Auth::None).is_err());
        let target = Target { headers: vec![("X-Api-Key".into(), "k".into())], ..Target::new("http://h", bearer()) };
        assert!(Credential::Absent.replacing(&target).is_err());
    }
}
