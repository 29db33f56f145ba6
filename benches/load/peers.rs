//! Other SCIM servers from the package registries. The scripts in benches/load/peers install and start them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::client::{Load, Requests, drive, request};
use super::measures::ids;
use super::people;
use super::process::Process;
use super::served::Served;

/// All peers. The last word is the storage.
pub const ALL: [&str; 8] = [
    "scim2-server-memory",
    "scim2-server-sqlite",
    "django-scim2-sqlite",
    "django-scim2-postgres",
    "scimmy-sqlite",
    "scimmy-postgres",
    "jackson-sqlite",
    "jackson-postgres",
];

/// Starts a peer with an empty data folder and creates users in it.
pub async fn serve(name: &str, users: usize) -> Served {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/peers");
    let installed = installed(&scripts);
    let data = installed.join("data").join(name);
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data).unwrap();
    let log = std::fs::File::create(installed.join(format!("{name}.log"))).unwrap();
    let arguments = [name, data.to_str().unwrap()];
    let process = Process::start(&scripts.join("serve.sh"), &arguments, Stdio::from(log));
    let line = process.line.clone();
    let (url, token) = line
        .split_once(' ')
        .unwrap_or_else(|| panic!("{name} did not start; see {name}.log in {}", installed.display()));
    let mut served = Served::new(name.to_owned(), process, url, token.trim(), users);

    let (target, token) = (format!("{}/Users", served.base), served.token.clone());
    let create: Requests = Arc::new(move |n| request("POST", &target, &token, &people::body(n).to_string()));
    let load = Load { requests: users, keep: true, ..Load::new(8, Duration::from_mins(10), 201) };
    let filled = drive(served.address, &load, &Arc::new(AtomicUsize::new(0)), &create).await;
    assert_eq!(filled.broken, None, "{name} could not be filled");
    served.ids = ids(&filled.bodies);
    assert_eq!(served.ids.len(), users, "{name} did not store all users");
    served
}

/// Returns the folder that setup.sh installs into, and runs it if necessary.
fn installed(scripts: &Path) -> PathBuf {
    let bench = std::env::current_exe().unwrap();
    let target = bench.ancestors().nth(3).unwrap();
    let installed = target.join("load-peers");
    if !installed.join("node/node_modules").exists() {
        let done = Command::new(scripts.join("setup.sh")).env("CARGO_TARGET_DIR", target).status().unwrap();
        assert!(done.success(), "benches/load/peers/setup.sh failed");
    }
    installed
}
