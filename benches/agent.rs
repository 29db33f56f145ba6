//! Compares the request rate of `scimulate run` with that of oha, another load generator: `cargo bench --bench agent -- [--concurrency 32]
//! [--requests 100000] [--rounds 5] [--unpinned]`
//!
//! The requests are lookups of one user, `GET /Users?filter=userName eq "…"`. A catalog app whose switches under To App are off sends
//! nothing else when people are assigned: it looks each person up and links the account. All people of the scenario have the same
//! username, so that oha can request the same URL. Both programs are started anew in each round, one after the other, with the same
//! headers and number of connections. The rate of `run` is the one that its report shows: from the first request to the last response.
//!
//! The server runs on the first CPU and the load on the second, unless `--unpinned`. oha is taken from `$OHA` or the PATH; without it
//! nothing is measured. docs/performance.md explains the figures.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::panic, missing_docs)]
#![allow(clippy::cast_precision_loss)]

#[path = "load/process.rs"]
#[allow(dead_code, unreachable_pub)]
mod process;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use serde_json::Value;

use process::{Process, pinning};

const USER: &str = "ada.lovelace@northwind.example";

/// Command line arguments.
#[derive(Debug, Parser)]
struct Args {
    /// Number of connections
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// Number of requests of each program in a round
    #[arg(long, default_value_t = 100_000)]
    requests: usize,
    /// Number of rounds
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Let the server and the load share all CPUs
    #[arg(long)]
    unpinned: bool,
    /// Passed by cargo to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let oha = PathBuf::from(std::env::var("OHA").unwrap_or_else(|_| "oha".to_owned()));
    let Some(version) = version(&oha) else {
        println!("oha was not found, so nothing is measured. Install it with `cargo install oha`, or name it in $OHA.");
        return;
    };
    let is_pinned = !args.unpinned && pinning();
    println!("{version}, {} connections, pinned: {is_pinned}", args.concurrency);
    let (server, url, token) = serve(is_pinned);
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("lookups.toml");
    let load = Load { args: &args, is_pinned, url: &url, token: &token };
    create_user(&load, folder.path());
    std::fs::write(&scenario, lookups(args.requests)).unwrap();
    let mut ratios = Vec::new();
    for round in 1..=args.rounds {
        let (before, agent) = (server.processor(), load.agent(&scenario));
        let (between, other) = (server.processor(), load.oha(&oha));
        let of_server = [between - before, server.processor() - between].map(|seconds| micros(seconds, args.requests));
        ratios.push(agent.per_second / other.per_second);
        println!("round {round} of {}: ratio {:.3}", args.rounds, agent.per_second / other.per_second);
        println!("  run {agent}, {:.1} µs CPU of the server", of_server[0]);
        println!("  oha {other}, {:.1} µs CPU of the server", of_server[1]);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median of the ratios: {:.3} (target: 0.8)", ratios[ratios.len() / 2]);
}

/// Returns the version of oha, if there is one.
fn version(oha: &Path) -> Option<String> {
    let output = Command::new(oha).arg("--version").output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Starts the reference. Returns it with its SCIM URL and its token.
fn serve(is_pinned: bool) -> (Process, String, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_scimulate"));
    let arguments = ["serve", "--ephemeral", "--listen", "127.0.0.1:0", "--json"];
    let start = if is_pinned { Process::start } else { Process::start_unpinned };
    let process = start(program, &arguments, Stdio::null());
    let line: Value = serde_json::from_str(&process.line).unwrap();
    let text = |key: &str| line[key].as_str().unwrap().to_owned();
    let (url, token) = (text("scim_url"), text("token"));
    (process, url, token)
}

/// Creates the user that is looked up.
fn create_user(load: &Load<'_>, folder: &Path) {
    let scenario = folder.join("user.toml");
    let text = "name = \"user\"\n[[app]]\nlabel = \"app\"\n[people.ada]\nlogin = \"USER\"\n[[timeline]]\ndo = \"assign\"\npeople = [\"ada\"]\n";
    std::fs::write(&scenario, text.replace("USER", USER)).unwrap();
    load.run(&scenario, 2);
}

/// Returns a scenario with one lookup for each of these people.
fn lookups(people: usize) -> String {
    format!(
        "name = \"lookups\"\n[[app]]\nlabel = \"app\"\nusername-format = '\"{USER}\"'\n\
         to-app = {{ create = false, update = false, deactivate = false }}\n\
         [population]\npeople = {people}\ngroups = 1\ngroups-per-person = 1\n\
         [[timeline]]\ndo = \"assign-group\"\ngroup = \"Everyone\"\n"
    )
}

/// The programs that send requests.
struct Load<'a> {
    args: &'a Args,
    is_pinned: bool,
    url: &'a str,
    token: &'a str,
}

/// The rate of a program, with its own CPU time per request.
struct Rate {
    per_second: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { per_second, cpu_us, p50_ms, p99_ms } = self;
        write!(f, "{per_second:>7.0}/s, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, {cpu_us:.1} µs CPU")
    }
}

impl Load<'_> {
    /// Returns a command on the second CPU, if programs are pinned.
    fn command(&self, program: &Path) -> Command {
        if !self.is_pinned {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", "1"]).arg(program);
        command
    }

    /// Plays a scenario. Returns its report.
    fn run(&self, scenario: &Path, requests: usize) -> Value {
        let report = scenario.with_extension("json");
        let mut run = self.command(Path::new(env!("CARGO_BIN_EXE_scimulate")));
        run.arg("run").arg(scenario).args(["--quiet", "--url", self.url, "--token", self.token]);
        run.args(["--concurrency", &self.args.concurrency.to_string(), "--json"]).arg(&report);
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
        assert_eq!(report["load"]["requests"], requests, "one request for each person");
        report
    }

    fn agent(&self, scenario: &Path) -> Rate {
        let before = children();
        let report = self.run(scenario, self.args.requests);
        let cpu_us = micros(children() - before, self.args.requests);
        let (load, lookup) = (&report["load"], &report["load"]["operations"][0]);
        let ms = |key: &str| lookup[key].as_f64().unwrap() / 1e3;
        Rate {
            per_second: load["requests_per_second"].as_f64().unwrap(),
            cpu_us,
            p50_ms: ms("p50_us"),
            p99_ms: ms("p99_us"),
        }
    }

    fn oha(&self, oha: &Path) -> Rate {
        let url = format!(
            "{}/Users?filter=userName%20eq%20%22{}%22&startIndex=1&count=100",
            self.url,
            USER.replace('@', "%40")
        );
        let mut command = self.command(oha);
        command.args(["--no-tui", "--output-format", "json", "-c", &self.args.concurrency.to_string()]);
        command.args(["-n", &self.args.requests.to_string(), "-H", &format!("Authorization: Bearer {}", self.token)]);
        for header in [
            "Accept: application/scim+json",
            "Accept-Charset: utf-8",
            "Accept-Encoding: gzip,deflate",
            "User-Agent: Okta SCIM Client 1.0.0",
        ] {
            command.args(["-H", header]);
        }
        let before = children();
        let output = command.arg(url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let cpu_us = micros(children() - before, self.args.requests);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["statusCodeDistribution"]["200"], self.args.requests, "{report}");
        let ms = |key: &str| report["latencyPercentiles"][key].as_f64().unwrap() * 1e3;
        let per_second = report["summary"]["requestsPerSec"].as_f64().unwrap();
        Rate { per_second, cpu_us, p50_ms: ms("p50"), p99_ms: ms("p99") }
    }
}

fn micros(seconds: f64, requests: usize) -> f64 {
    seconds * 1e6 / requests as f64
}

/// Returns the CPU time of the programs that have ended, in seconds; 0 where the system does not report it.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = [13, 14].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    ticks / 100.0
}
