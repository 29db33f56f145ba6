//! The request sequences of each client, against a small server in memory.

mod attributes;
mod clients;
mod failures;
mod groups;
mod imports;
mod lifecycle;
mod mappings;
mod new_people;
mod properties;
mod push_rules;
mod recorded;
mod rules;
mod stage;
mod switches;
mod usernames;
mod users;

use std::time::Duration;

use serde_json::{Value, json};

use self::stage::{Server, Stage, respond, short};
use crate::okta::ClientKind::{self, Aiw, Oin};
use crate::okta::action::Action;
use crate::okta::habits::Habits;
use crate::scim::message;
use crate::wire::{Failure, Method, Request, Response};

const LOOKUP: &str = "GET /Users?filter";
