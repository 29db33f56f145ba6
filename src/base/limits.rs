//! The bounds of the house, each with its reason. Where SCIM has a field for one, ServiceProviderConfig shows it.

use std::time::Duration;

use jiff::SignedDuration;

/// The largest request body that the reference reads. WorkOS refuses more than 2,000 KB with 413.
pub const REQUEST_BODY_BYTES: usize = 2_000 * 1024;
/// How deep JSON may nest in a request; a SCIM resource needs five levels.
pub const JSON_DEPTH: usize = 32;
/// How deep a filter may nest; people write three levels.
pub const FILTER_DEPTH: usize = 32;
/// How many comparisons one filter may hold, unless told otherwise.
pub const FILTER_TERMS: usize = 128;
/// How many comparisons one filter may hold at the very most: a chain of them nests as deep in SQL, where SQLite takes 1,000
/// levels, and each brings some of its own.
pub const FILTER_TERMS_MOST: usize = 512;
/// The longest filter text, in bytes.
pub const FILTER_BYTES: usize = 16 * 1024;
/// The largest page of a list (`filter.maxResults`). Okta asks for 100.
pub const PAGE_SIZE: usize = 1_000;
/// The page that a list gives when no `count` is asked for.
pub const DEFAULT_PAGE_SIZE: usize = 100;
/// The size at which a page of resources or events ends, in bytes, though fewer than `count` are on it (RFC 7644 section
/// 3.4.2.4). A page has at least one resource, whatever its size.
pub const PAGE_BYTES: usize = 8 * 1024 * 1024;
/// The most members or groups that a read on the caller's thread may return: a millisecond's work. Larger resources are
/// read by the scan pool.
pub const POINT_READ_MEMBERS: usize = 1_000;
/// The most bytes of documents that a read on the caller's thread may return.
pub const POINT_READ_BYTES: usize = 256 * 1024;
/// The most bytes of a response that are rendered on the thread of the request: about a millisecond's work.
pub const INLINE_RENDERING_BYTES: usize = 256 * 1024;
/// How many larger responses are rendered at a time; each holds its resources in memory.
pub const LARGE_RENDERINGS: usize = 2;
/// How long a cursor leads to its page (RFC 9865 `cursorTimeout`): long enough for an import that works on each page.
pub const CURSOR_TIMEOUT: SignedDuration = SignedDuration::from_hours(1);
/// How many operations one PATCH may hold: Okta's largest batch is 1,000 changes, each removal an operation of its own.
pub const PATCH_OPERATIONS: usize = 2_000;
/// The limit on attributes that the operations of one PATCH set together. One operation without a path can set many.
pub const PATCH_ATTRIBUTES: usize = 20_000;
/// How many comparisons the value filters of one PATCH may hold together: two for each operation.
pub const PATCH_TERMS: usize = 2 * PATCH_OPERATIONS;
/// The limit on comparisons with values or members in one PATCH, and on other work in proportion (`scim::work`). At 100 ns
/// each they occupy the writer for at most 50 ms. One filter over the largest known group (100,000 members) takes a fifth.
pub const COMPARISONS: usize = 500_000;
/// The size to which PATCH can grow a document, in bytes: that of the largest PUT.
pub const DOCUMENT_BYTES: usize = REQUEST_BODY_BYTES;
/// The limit on the length of a `bulkId`, in bytes. Clients send UUIDs or short names.
pub const BULK_ID_BYTES: usize = 255;
/// How many operations one bulk request may hold (`bulk.maxOperations`): Okta's largest batch. What they weigh together is
/// bounded as every body, by [`REQUEST_BODY_BYTES`] (`bulk.maxPayloadSize`).
pub const BULK_OPERATIONS: usize = 1_000;
/// How many attributes one object may hold; the largest of the RFC's has 21.
pub const ATTRIBUTES_PER_OBJECT: usize = 1_000;
/// The limit on names in `attributes` or `excludedAttributes`.
pub const PROJECTION_NAMES: usize = 1_000;
/// How many values one multi-valued attribute may hold; members are rows and don't count.
pub const VALUES_PER_ATTRIBUTE: usize = 1_000;
/// How many members one request may name.
pub const MEMBERS_PER_REQUEST: usize = 10_000;
/// The most writes that one transaction commits together.
pub const GROUP_COMMIT: usize = 64;
/// How many writes may wait for the writer before callers are held back.
pub const WRITE_QUEUE: usize = 1_024;
/// The largest page of `GET /events` (WorkOS).
pub const EVENTS_PAGE: usize = 100;
/// The page of `GET /events` when no `limit` is given (WorkOS).
pub const DEFAULT_EVENTS_PAGE: usize = 10;
/// Live tokens of one directory: two, so that one can be rotated without a gap (WorkOS).
pub const LIVE_TOKENS: usize = 2;
/// The largest answer that a client of ours unpacks; more ends the exchange.
pub const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// How long a client of ours waits for one answer, unless told otherwise.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests in a row without an answer after which a run gives up on its target.
pub const UNANSWERED_IN_A_ROW: usize = 3;
/// How long the reference waits for a request's header, from its first byte.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the reference keeps a connection on which nothing is asked.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Requests that one HTTP/2 connection may have open at once; RFC 9113 section 6.5.2 advises no fewer than 100.
pub const STREAMS_PER_CONNECTION: u32 = 128;
/// What one HTTP/2 connection may send of bodies that nobody has read yet, in bytes: of one request, and of all together.
pub const BODY_WINDOW: u32 = 1024 * 1024;
/// Requests that one HTTP/2 connection may take back before the server has looked at them (CVE-2023-44487).
pub const RESETS_UNHEARD: usize = 20;
/// Requests that an HTTP/2 connection may make the server refuse or reset: a client that begins before it has heard of
/// [`STREAMS_PER_CONNECTION`] may be a thousand beyond it.
pub const REFUSALS_PER_CONNECTION: usize = 1_024;
/// How long the reference waits for a request's body, all of it.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client of the reference may take for 64 KiB of an answer: slower than that, it is not reading.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the reference reads on after an answer that came before the body's end, so that the client sees the answer
/// and no reset.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest request header, in bytes: a filter of [`FILTER_BYTES`] percent-encoded, and room for the rest.
pub const REQUEST_HEAD_BYTES: usize = 128 * 1024;
/// The longest request target, in bytes.
pub const REQUEST_TARGET_BYTES: usize = 56 * 1024;
/// Bytes of large responses that wait for their clients, over all connections. A request reserves
/// [`PAGE_BYTES`] of it, so 32 clients that do not read can exhaust it until the write time-out.
pub const RESPONSE_BYTES: usize = 256 * 1024 * 1024;
/// Time that a request waits for a part of [`RESPONSE_BYTES`] before the response is 503.
pub const RESPONSE_WAIT: Duration = Duration::from_secs(10);
/// The time limit that replaces longer ones while connections, or [`RESPONSE_BYTES`], are nearly used up.
pub const CROWDED_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that the reference serves at once; more wait in the listener's queue.
pub const CONNECTIONS: usize = 1_024;
/// How long a shutdown waits for requests that were accepted.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
