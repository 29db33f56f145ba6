//! The real binary: commands, and a server in a separate process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Builds a command with captured output and without the settings in this process's environment.
pub(crate) fn scimulate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimulate"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SCIMULATE_") {
            command.env_remove(name);
        }
    }
    // Run records do not belong in the home directory of the person who runs the tests.
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command
}

/// Runs a command and returns exit code, stdout and stderr.
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = scimulate(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// `scimulate serve` in a separate process, which is killed on drop.
pub(crate) struct Serve {
    child: Child,
    /// The line that it printed when it was ready.
    pub(crate) line: Value,
    pub(crate) scim_url: String,
    /// Empty for an existing store: tokens and keys are shown once.
    pub(crate) token: String,
    pub(crate) events_url: String,
    pub(crate) api_key: String,
    pub(crate) directory_id: String,
}

impl Serve {
    /// Serves an ephemeral store.
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::over(&["--ephemeral"], more)
    }

    /// Serves the store in this file.
    pub(crate) fn on(store: &Path, more: &[&str]) -> Self {
        Self::over(&["--data", store.to_str().unwrap()], more)
    }

    /// Serves an ephemeral store and writes the log to this file.
    pub(crate) fn logging(file: &Path, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Self::command(&["--ephemeral"], more);
        command.env_remove("RUST_LOG").envs(variables.iter().copied());
        Self::spawn(command.stderr(std::fs::File::create(file).unwrap()))
    }

    /// Serves a temporary store with a limit on open files, and logs into this file.
    pub(crate) fn with_open_files(limit: usize, log: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &limit.to_string(), env!("CARGO_BIN_EXE_scimulate")]);
        command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--ephemeral"]).env_remove("RUST_LOG");
        Self::spawn(command.stdout(Stdio::piped()).stderr(std::fs::File::create(log).unwrap()))
    }

    /// Serves a store and writes its log to a file.
    pub(crate) fn logging_on(store: &Path, file: &Path) -> Self {
        let mut command = Self::command(&["--data", store.to_str().unwrap()], &[]);
        Self::spawn(command.env_remove("RUST_LOG").stderr(std::fs::File::create(file).unwrap()))
    }

    /// Serves a store with these environment variables.
    pub(crate) fn with_variables(store: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Self::command(&["--data", store.to_str().unwrap()], &[]);
        Self::spawn(command.envs(variables.iter().copied()).stderr(Stdio::null()))
    }

    /// Serves a store while no file may grow beyond this size, in KiB.
    pub(crate) fn limited(store: &Path, kib: u32) -> Self {
        let binary = env!("CARGO_BIN_EXE_scimulate");
        // Blocks of `ulimit -f` have 512 bytes. The signal is ignored, so that a write fails instead.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
        let mut command = Command::new("sh");
        command.args(["-c", &script, binary, "serve", "--listen", "127.0.0.1:0", "--json", "--data"]).arg(store);
        Self::spawn(command.stdout(Stdio::piped()).stderr(Stdio::null()))
    }

    /// Serves the store given by these arguments.
    fn over(store: &[&str], more: &[&str]) -> Self {
        Self::spawn(Self::command(store, more).stderr(Stdio::null()))
    }

    fn command(store: &[&str], more: &[&str]) -> Command {
        scimulate(&[&["serve", "--listen", "127.0.0.1:0", "--json"], store, more].concat())
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        Self {
            scim_url: text("scim_url"),
            token: text("token"),
            events_url: text("events_url"),
            api_key: text("api_key"),
            directory_id: text("directory_id"),
            child,
            line,
        }
    }

    /// Returns the process ID.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and returns the exit code.
    pub(crate) fn terminate(mut self) -> i32 {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
