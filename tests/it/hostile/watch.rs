//! What is watched meanwhile: the server's memory and connections by /proc, and how long a well-behaved client waits.

use std::fmt;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Aim, on_a_thread};
use crate::support::process::Serve;

/// How often the well-behaved ask.
const ASK: Duration = Duration::from_millis(20);
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long after the end of all a server may hold a connection.
const SETTLE: Duration = Duration::from_secs(10);

const MINUTE: f64 = 60.0;
/// When the caches of the store's connections are full, in seconds.
const WARM: f64 = 3.0 * MINUTE;

/// A process at one moment: KiB of memory, and open sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample {
    anonymous: u64,
    resident: u64,
    sockets: usize,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// By seconds since the beginning. Empty where there is no /proc.
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

/// Watches a process until the time is up, and lets the well-behaved ask all the while.
pub(super) fn start<Ask>(process: u32, aim: Aim, asking: impl FnOnce() -> Ask + Send + 'static) -> JoinHandle<Watched>
where
    Ask: AsyncFnMut() -> Result<(), String>,
{
    let (tell, told) = std::sync::mpsc::channel();
    let first = sample(process);
    on_a_thread(move || async move {
        let (mut well_behaved, began) = (asking(), Instant::now());
        let mut watched = Watched::default();
        watched.samples.extend(first.map(|sample| (0.0, sample)));
        let (mut ask, mut looked) = (tokio::time::interval(ASK), began);
        while !aim.is_over() {
            ask.tick().await;
            let asked = Instant::now();
            if let Err(seen) = well_behaved().await {
                aim.tally.fault(format!("the well-behaved GET: {seen}"));
            }
            watched.waits.push(asked.elapsed());
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
    /// Asserts that anonymous memory stays under a ceiling, and in a long run that once the caches are full it grows by no
    /// more than this, both in KiB: by medians of a minute, since answers that nobody takes come and go.
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

    /// How long the well-behaved waited, of which so many thousandths waited no longer.
    fn wait(&self, thousandths: usize) -> Duration {
        let at = (self.waits.len() * thousandths / 1_000).min(self.waits.len() - 1);
        self.waits[at]
    }
}

/// Waits until no more connections are open than at the beginning: whoever went away holds nothing.
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
        // A line a minute, and tenths where there are no minutes.
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
