//! Measurements during an attack: the server's memory and connections from /proc, and the waits of a well-behaved client.

use std::fmt;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Aim, on_a_thread};
use crate::support::process::Serve;

/// The interval of well-behaved requests.
const INTERVAL: Duration = Duration::from_millis(20);
/// The interval of memory samples.
const LOOK: Duration = Duration::from_millis(500);
/// The time within which connections must be closed after the attack.
const SETTLE: Duration = Duration::from_secs(10);

const MINUTE: f64 = 60.0;
/// The time after which the store's caches are full, in seconds.
const WARM: f64 = 3.0 * MINUTE;

/// Memory of a process in KiB, and its open sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample {
    anonymous: u64,
    resident: u64,
    sockets: usize,
}

/// The measurements of one attack.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Samples by seconds since the start; empty on systems without /proc.
    samples: Vec<(f64, Sample)>,
    waits: Vec<Duration>,
}

fn sample(process: u32) -> Option<Sample> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib = |name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.trim().parse().ok())
    };
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    let links = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let sockets = links.filter(|link| link.to_string_lossy().starts_with("socket:")).count();
    Some(Sample { anonymous: kib("RssAnon:")?, resident: kib("VmRSS:")?, sockets })
}

/// Measures a process until the time is up, while a well-behaved client sends requests.
pub(super) fn start<Get>(process: u32, aim: Aim, client: impl FnOnce() -> Get + Send + 'static) -> JoinHandle<Watched>
where
    Get: AsyncFnMut() -> Result<(), String>,
{
    let (tell, told) = std::sync::mpsc::channel();
    let first = sample(process);
    on_a_thread(move || async move {
        let (mut well_behaved, began) = (client(), Instant::now());
        let mut watched = Watched::default();
        watched.samples.extend(first.map(|sample| (0.0, sample)));
        let (mut interval, mut looked) = (tokio::time::interval(INTERVAL), began);
        while !aim.is_over() {
            interval.tick().await;
            let sent = Instant::now();
            if let Err(seen) = well_behaved().await {
                aim.tally.fault(format!("the well-behaved GET: {seen}"));
            }
            watched.waits.push(sent.elapsed());
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                watched.samples.extend(sample(process).map(|sample| (began.elapsed().as_secs_f64(), sample)));
            }
        }
        watched.waits.sort();
        let _ = tell.send(watched);
    });
    std::thread::spawn(move || told.recv().unwrap())
}

impl Watched {
    /// Asserts a limit on anonymous memory, and in a long run a limit on its growth once the caches are full, both in KiB.
    /// Growth compares medians of a minute, because unread responses come and go.
    pub(super) fn is_flat(&self, ceiling: u64, growth: u64) {
        let Some((last, _)) = self.samples.last() else { return };
        let most = self.samples.iter().map(|(_, sample)| sample.anonymous).max().unwrap();
        assert!(most <= ceiling, "{most} KiB\n{self}");
        if *last < WARM + 2.0 * MINUTE {
            return;
        }
        let minute = |from: f64| {
            let within = self.samples.iter().filter(|(at, _)| (from..=from + MINUTE).contains(at));
            let mut within: Vec<u64> = within.map(|(_, sample)| sample.anonymous).collect();
            within.sort_unstable();
            within[within.len() / 2]
        };
        let (warm, end) = (minute(WARM), minute(last - MINUTE));
        assert!(end <= warm + growth, "{end} KiB in the end, {warm} KiB when it was warm\n{self}");
    }

    /// Returns a quantile of the waits, in thousandths.
    fn wait(&self, thousandths: usize) -> Duration {
        let at = (self.waits.len() * thousandths / 1_000).min(self.waits.len() - 1);
        self.waits[at]
    }
}

/// Waits until no more connections are open than at the start.
pub(super) fn settled(server: &Serve, watched: &Watched) {
    let Some((_, first)) = watched.samples.first() else { return };
    let began = Instant::now();
    loop {
        let now = sample(server.process()).unwrap();
        if now.sockets <= first.sockets {
            return;
        }
        assert!(began.elapsed() < SETTLE, "{} sockets are open, {} were", now.sockets, first.sockets);
        std::thread::yield_now();
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, most, longest] = [500, 990, 1_000].map(|part| self.wait(part).as_secs_f64() * 1_000.0);
        let count = self.waits.len();
        writeln!(f, "{count} well-behaved GETs: median {median:.1} ms, p99 {most:.1} ms, longest {longest:.1} ms")?;
        let last = self.samples.last().map_or(0.0, |(at, _)| *at);
        // One line per minute, or ten lines in a shorter run.
        let step = if last > 60.0 { 60.0 } else { last / 10.0 };
        let mut next = 0.0;
        for (at, sample) in &self.samples {
            if *at >= next || *at >= last {
                let Sample { anonymous, resident, sockets } = sample;
                writeln!(
                    f,
                    "{at:>6.1} s: {anonymous:>7} KiB anonymous, {resident:>7} KiB resident, {sockets:>4} sockets"
                )?;
                next = at + step;
            }
        }
        Ok(())
    }
}
