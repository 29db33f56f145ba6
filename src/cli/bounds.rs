//! The limits of the reference server as flags.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;

use super::target::duration;
use crate::base::limits;
use crate::http::TransportBounds;
use crate::server::ScimBounds;

/// Limits for requests, connections and directories.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct BoundsArgs {
    /// Largest request body, after decompression
    #[arg(long, value_name = "BYTES", default_value_t = limits::REQUEST_BODY_BYTES, value_parser = between(65_536, 67_108_864))]
    max_body: usize,
    /// Deepest nesting of JSON in a request
    #[arg(long, value_name = "N", default_value_t = limits::JSON_DEPTH, value_parser = between(8, 100))]
    max_depth: usize,
    /// Most comparisons in one filter
    #[arg(long, value_name = "N", default_value_t = limits::FILTER_TERMS, value_parser = between(1, limits::FILTER_TERMS_MOST as u64))]
    max_filter_terms: usize,
    /// Most members in one request
    #[arg(long, value_name = "N", default_value_t = limits::MEMBERS_PER_REQUEST, value_parser = between(1_000, 1_000_000))]
    max_members: usize,
    /// Most operations in one bulk request
    #[arg(long, value_name = "N", default_value_t = limits::BULK_OPERATIONS, value_parser = between(1, 100_000))]
    max_bulk_operations: usize,
    /// Largest page of a list
    #[arg(long, value_name = "N", default_value_t = limits::PAGE_SIZE, value_parser = between(1_000, 10_000))]
    max_page: usize,
    /// Time limit for the header of a request, from its first byte; in HTTP/2, --idle-timeout applies instead
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    header_timeout: Duration,
    /// Time limit for the body of a request; after it the response is 408
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    body_timeout: Duration,
    /// Time limit for a client to read 64 KiB of a response; a slower connection is closed
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    write_timeout: Duration,
    /// Time after which a connection without requests is closed
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    idle_timeout: Duration,
    /// Most connections served at the same time; further ones wait
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS, value_parser = between(1, 65_536))]
    max_connections: usize,
    /// Most requests per second for one directory; above it the response is 429 with Retry-After [default: no limit]
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
    fn the_defaults_are_those_of_the_server() {
        let Flags { bounds } = Flags::parse_from(["x"]);
        assert_eq!((bounds.scim(), bounds.transport()), (ScimBounds::default(), TransportBounds::default()));
    }

    #[test]
    fn limits_below_what_okta_needs_are_refused() {
        for flag in ["--max-members=999", "--max-page=999", "--max-rate=0", "--max-filter-terms=513"] {
            assert!(Flags::try_parse_from(["x", flag]).is_err(), "{flag}");
        }
    }
}
