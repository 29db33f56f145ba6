//! The bounds of the reference server as flags.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;

use super::target::duration;
use crate::base::limits;
use crate::http::TransportBounds;
use crate::server::ScimBounds;

/// What a request, a connection and a directory may cost.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Bounds")]
pub(super) struct BoundsArgs {
    /// The largest request body, unpacked
    #[arg(long, value_name = "BYTES", default_value_t = limits::REQUEST_BODY_BYTES, value_parser = between(65_536, 67_108_864))]
    max_body: usize,
    /// How deep JSON may nest in a request
    #[arg(long, value_name = "N", default_value_t = limits::JSON_DEPTH, value_parser = between(8, 100))]
    max_depth: usize,
    /// Comparisons in one filter
    #[arg(long, value_name = "N", default_value_t = limits::FILTER_TERMS, value_parser = between(1, limits::FILTER_TERMS_MOST as u64))]
    max_filter_terms: usize,
    /// Members that one request may name
    #[arg(long, value_name = "N", default_value_t = limits::MEMBERS_PER_REQUEST, value_parser = between(1_000, 1_000_000))]
    max_members: usize,
    /// Operations in one bulk request
    #[arg(long, value_name = "N", default_value_t = limits::BULK_OPERATIONS, value_parser = between(1, 100_000))]
    max_bulk_operations: usize,
    /// The largest page of a list
    #[arg(long, value_name = "N", default_value_t = limits::PAGE_SIZE, value_parser = between(1_000, 10_000))]
    max_page: usize,
    /// How long a request's header may take, from its first byte; in HTTP/2 an unfinished one counts as nothing asked
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    header_timeout: Duration,
    /// How long a request's body may take; beyond it 408
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    body_timeout: Duration,
    /// How long a client may take for 64 KiB of an answer; a slower one is cut
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    write_timeout: Duration,
    /// How long a connection is kept on which nothing is asked
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    idle_timeout: Duration,
    /// Connections served at once; more wait
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS, value_parser = between(1, 65_536))]
    max_connections: usize,
    /// Requests a second of one directory; beyond it 429 with Retry-After [default: no bound]
    #[arg(long, value_name = "N")]
    max_rate: Option<NonZeroU32>,
}

fn between(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

impl BoundsArgs {
    /// Returns the limits on the contents of requests.
    pub(super) fn scim(&self) -> ScimBounds {
        ScimBounds {
            depth: self.max_depth,
            filter_terms: self.max_filter_terms,
            members: self.max_members,
            bulk_operations: self.max_bulk_operations,
            page_size: self.max_page,
            requests_per_second: self.max_rate,
        }
    }

    /// Returns the limits on connections and bodies.
    pub(super) fn transport(&self) -> TransportBounds {
        TransportBounds {
            body_bytes: self.max_body,
            header_timeout: self.header_timeout,
            body_timeout: self.body_timeout,
            write_timeout: self.write_timeout,
            idle_timeout: self.idle_timeout,
            connections: self.max_connections,
            ..TransportBounds::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        bounds: BoundsArgs,
    }

    #[test]
    fn without_flags_the_limits_of_the_house_hold() {
        let Flags { bounds } = Flags::parse_from(["x"]);
        assert_eq!((bounds.scim(), bounds.transport()), (ScimBounds::default(), TransportBounds::default()));
    }

    #[test]
    fn what_okta_needs_can_not_be_taken_away() {
        for flag in ["--max-members=999", "--max-page=999", "--max-rate=0", "--max-filter-terms=513"] {
            assert!(Flags::try_parse_from(["x", flag]).is_err(), "{flag}");
        }
    }
}
