//! The limit on open files, which bounds the connections that a process can serve.

/// File descriptors that are left to the rest of the process: the store opens up to 25 SQLite connections of three
/// files each, and the runtime, the log and the standard streams need a few more.
const RESERVED: usize = 96;
/// The smallest limit on connections, whatever the limit on open files.
const LEAST: usize = 8;

/// Lowers a limit on connections to what the process may open, and logs that it did.
pub(super) fn affordable(connections: usize) -> usize {
    let Some(open_files) = limit() else { return connections };
    let affordable = connections.min(within(open_files));
    if affordable < connections {
        tracing::info!(
            connections = affordable,
            requested = connections,
            open_files,
            "the limit on connections was lowered to what the limit on open files (ulimit -n) allows"
        );
    }
    affordable
}

/// Returns the connections that fit into a limit on open files.
fn within(open_files: usize) -> usize {
    open_files.saturating_sub(RESERVED).max(open_files / 4).max(LEAST)
}

/// Returns the soft limit of the process, if it has one.
#[cfg(unix)]
fn limit() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|current| usize::try_from(current).ok())
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn limit() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_process_keeps_its_share() {
        for (open_files, connections) in [(16, 8), (64, 16), (128, 32), (256, 160), (1_024, 928), (20_000, 19_904)] {
            assert_eq!(within(open_files), connections, "{open_files}");
        }
    }

    #[test]
    fn a_limit_that_fits_is_left_alone() {
        assert_eq!(affordable(4), 4);
    }
}
