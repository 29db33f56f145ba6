//! The processes under load. Each runs on the first CPU, with all its children.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;

/// A server process that is stopped on drop.
pub struct Process {
    child: Child,
    /// The first line on stdout.
    pub line: String,
}

impl Process {
    /// Starts a command on the first CPU if `taskset` is available.
    pub fn start(program: &Path, arguments: &[&str], stderr: Stdio) -> Self {
        if !pinning() {
            return Self::start_unpinned(program, arguments, stderr);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program);
        Self::spawn(command, arguments, stderr)
    }

    /// Starts a command on any CPU.
    pub fn start_unpinned(program: &Path, arguments: &[&str], stderr: Stdio) -> Self {
        Self::spawn(Command::new(program), arguments, stderr)
    }

    fn spawn(mut command: Command, arguments: &[&str], stderr: Stdio) -> Self {
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line }
    }

    /// Returns the CPU time of the process and its descendants so far, in seconds.
    pub fn processor(&self) -> f64 {
        let mut family = vec![self.child.id()];
        let mut seconds = 0.0;
        let stats: Vec<Stat> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| stat(&entry.path()))
            .collect();
        let mut children: HashMap<u32, Vec<&Stat>> = HashMap::new();
        for stat in &stats {
            children.entry(stat.parent).or_default().push(stat);
            if stat.id == self.child.id() {
                seconds += stat.seconds;
            }
        }
        while let Some(parent) = family.pop() {
            for child in children.get(&parent).into_iter().flatten() {
                seconds += child.seconds;
                family.push(child.id);
            }
        }
        seconds
    }

    /// Returns the anonymous resident memory, in MB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

/// The relevant fields of `/proc/PID/stat`.
struct Stat {
    id: u32,
    parent: u32,
    /// CPU time.
    seconds: f64,
}

fn stat(of: &Path) -> Option<Stat> {
    let id = of.file_name()?.to_str()?.parse().ok()?;
    let text = std::fs::read_to_string(of.join("stat")).ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    Some(Stat { id, parent: fields.get(1)?.parse().ok()?, seconds: ticks / 100.0 })
}

impl Drop for Process {
    /// Sends SIGTERM, because the process may have to stop its children.
    fn drop(&mut self) {
        let terminated = Command::new("kill").arg(self.child.id().to_string()).status();
        if !terminated.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Returns true if processes can be pinned to a CPU.
pub fn pinning() -> bool {
    let two = std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1);
    two && Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// Pins this process to the second CPU.
pub fn pin_self() {
    if pinning() {
        let id = std::process::id().to_string();
        Command::new("taskset").args(["-pc", "1", &id]).stdout(Stdio::null()).status().unwrap();
    }
}

/// Starts a bare axum server, which shows what the framework alone can do.
pub fn yardstick() -> (Process, SocketAddr) {
    let process = Process::start(&std::env::current_exe().unwrap(), &["--yardstick"], Stdio::null());
    let address = process.line.trim().parse().unwrap();
    (process, address)
}

/// Runs the bare server in this process.
pub fn run_yardstick() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        std::io::stdout().flush().unwrap();
        let app = Router::new().route("/", get(async || "ok").post(async |body: Bytes| body.len().to_string()));
        axum::serve(listener, app).await.unwrap();
    });
}
