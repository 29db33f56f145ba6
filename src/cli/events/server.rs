//! Events of an Events API over HTTP.

use std::time::Duration;

use anyhow::{Result, anyhow};

use super::print::Printer;
use super::range::Range;
use crate::base::escape_lines;
use crate::wire::{Client, EventReadError, EventReader, Target};

/// The pause between two looks at the end of the log.
const INTERVAL: Duration = Duration::from_millis(500);
/// The pause after the first failed request. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Prints the events of a server. To follow them, it asks for the events after the last one. Once the first page has been
/// read, it retries after each failure that may pass.
pub(super) async fn print(target: &Target, range: Range, printer: &Printer) -> Result<()> {
    let failed = |error: &EventReadError| anyhow!("{}", printer.secrets.hide(&error.to_string()));
    let mut client = Client::new(target.clone())?;
    let mut reader = EventReader::new(client.clone());
    if range.new_only {
        reader.skip_to_end().await.map_err(|error| failed(&error))?;
    } else if let Some(id) = range.after {
        reader = reader.after(id);
    }
    let (mut is_connected, mut failures) = (range.new_only, 0_u32);
    loop {
        let mut events = Vec::new();
        let wait = match reader.read_page(&mut events).await {
            Ok(is_last) => {
                if failures > 0 {
                    anstream::eprintln!("the Events API responds again");
                }
                (is_connected, failures) = (true, 0);
                printer.print(&events)?;
                match (is_last, range.follow) {
                    (true, false) => return Ok(()),
                    (true, true) => INTERVAL,
                    (false, _) => Duration::ZERO,
                }
            }
            Err(error) if range.follow && is_connected && error.is_transient() => {
                let wait = pause(failures);
                failures = failures.saturating_add(1);
                let text = format!("{error}; trying again in {} s", wait.as_secs_f64());
                anstream::eprintln!("{}", escape_lines(&printer.secrets.hide(&text)));
                // A client gives up after several failures.
                client = Client::new(target.clone())?;
                reader = reader.with_client(client.clone());
                wait
            }
            Err(error) => return Err(failed(&error)),
        };
        // The transcript would grow as long as the command runs.
        drop(client.take_transcript());
        tokio::time::sleep(wait).await;
    }
}

/// Returns the pause after a failure, of which `failures` preceded.
fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let pauses: Vec<u128> = [0, 1, 2, 5, 6, 40].map(|failures| pause(failures).as_millis()).to_vec();
        assert_eq!(pauses, [500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    }
}
