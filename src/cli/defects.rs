//! `scimulate defects`: lists the defects that `serve --defect` switches on, with the requirements that each violates.

use std::ffi::OsStr;
use std::io::Write as _;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use serde_json::json;

use super::{Exit, heard};
use crate::base::did_you_mean;
use crate::server::defects::{Defect, all, by_name};

/// The flags.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  scimulate serve --defect pathless-patch-ignored    serve the reference with a defect
  scimulate explain pathless-patch-ignored           explain one")]
pub struct Args {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// If stdout cannot be written.
#[allow(clippy::needless_pass_by_value)] // every command takes its flags
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let text = if args.json { format!("{:#}\n", json!(all().map(object).collect::<Vec<_>>())) } else { table() };
    heard(anstream::stdout().lock().write_all(text.as_bytes()))?;
    Ok(Exit::Good)
}

/// Renders one line for each defect: name, behavior, and the requirements that it violates.
fn table() -> String {
    let width = |of: fn(&Defect) -> usize| all().map(of).max().unwrap_or_default();
    let (name, breaks) = (width(|defect| defect.name.len()), width(|defect| defect.breaks.len()));
    let header = format!("{:name$}  {:breaks$}  VIOLATES\n", "DEFECT", "THE SERVER'S BEHAVIOR");
    let lines = all().map(|defect| {
        let violates =
            if defect.violates.is_empty() { "none: Okta tolerates it".to_owned() } else { defect.violates.join(", ") };
        format!("{:name$}  {:breaks$}  {violates}\n", defect.name, defect.breaks)
    });
    std::iter::once(header).chain(lines).collect()
}

fn object(defect: &Defect) -> serde_json::Value {
    json!({
        "name": defect.name,
        "breaks": defect.breaks,
        "violates": defect.violates,
        "tolerated": defect.tolerated,
        "source": defect.source,
    })
}

/// Parses the name of a defect. Shells complete it, and an error does not list them all.
#[derive(Debug, Clone)]
pub(super) struct DefectName;

impl TypedValueParser for DefectName {
    type Value = String;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        let name = value.to_string_lossy();
        if by_name(&name).is_some() {
            return Ok(name.into_owned());
        }
        let names = all().map(|defect| defect.name);
        let hint = did_you_mean(&name, names, "`scimulate defects` lists them");
        Err(clap::Error::raw(ErrorKind::InvalidValue, format!("there is no defect {name:?}; {hint}\n")))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(all().map(|defect| PossibleValue::new(defect.name))))
    }
}
