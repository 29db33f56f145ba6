//! Limits, each with its reason. ServiceProviderConfig shows those that it has an attribute for.

use std::time::Duration;

use jiff::SignedDuration;

/// The largest request body, in bytes. WorkOS rejects more than 2,000 KB with 413.
pub const REQUEST_BODY_BYTES: usize = 2_000 * 1024;
/// Nesting levels of JSON in a request; a SCIM resource needs five.
pub const JSON_DEPTH: usize = 32;
/// Nesting levels of a filter; real filters have three at most.
pub const FILTER_DEPTH: usize = 32;
/// The default limit on comparisons in one filter.
pub const FILTER_TERMS: usize = 128;
/// The largest configurable limit on comparisons in one filter. A chain of comparisons nests as deep in SQL, where SQLite
/// supports 1,000 levels, and each comparison adds a few.
pub const FILTER_TERMS_MOST: usize = 512;
/// The longest filter text, in bytes.
pub const FILTER_BYTES: usize = 16 * 1024;
/// Resources on the largest page of a list (`filter.maxResults`). Okta requests 100.
pub const PAGE_SIZE: usize = 1_000;
/// Resources on a page if the request has no `count`.
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
/// Larger responses that are rendered at a time; each keeps its resources in memory.
pub const LARGE_RENDERINGS: usize = 2;
/// The validity of a cursor (RFC 9865 `cursorTimeout`): long enough for an import that processes each page.
pub const CURSOR_TIMEOUT: SignedDuration = SignedDuration::from_hours(1);
/// Operations in one PATCH. Okta's largest batch has 1,000 changes, with one operation for each removal.
pub const PATCH_OPERATIONS: usize = 2_000;
/// The limit on attributes that the operations of one PATCH set together. One operation without a path can set many.
pub const PATCH_ATTRIBUTES: usize = 20_000;
/// Comparisons in the value filters of one PATCH: two for each operation.
pub const PATCH_TERMS: usize = 2 * PATCH_OPERATIONS;
/// The limit on comparisons with values or members in one PATCH, and on other work in proportion (`scim::work`). At 100 ns
/// each they occupy the writer for at most 50 ms. One filter over the largest known group (100,000 members) takes a fifth.
pub const COMPARISONS: usize = 500_000;
/// The size to which PATCH can grow a document, in bytes: that of the largest PUT.
pub const DOCUMENT_BYTES: usize = REQUEST_BODY_BYTES;
/// The limit on the length of a `bulkId`, in bytes. Clients send UUIDs or short names.
pub const BULK_ID_BYTES: usize = 255;
/// Operations in one bulk request (`bulk.maxOperations`): Okta's largest batch. Their total size is limited by
/// [`REQUEST_BODY_BYTES`] (`bulk.maxPayloadSize`).
pub const BULK_OPERATIONS: usize = 1_000;
/// Attributes in one object; the largest object of the RFCs has 21.
pub const ATTRIBUTES_PER_OBJECT: usize = 1_000;
/// The limit on names in `attributes` or `excludedAttributes`.
pub const PROJECTION_NAMES: usize = 1_000;
/// Values of one multi-valued attribute, except members, which are rows.
pub const VALUES_PER_ATTRIBUTE: usize = 1_000;
/// Members in one request.
pub const MEMBERS_PER_REQUEST: usize = 10_000;
/// Writes in one group commit.
pub const GROUP_COMMIT: usize = 64;
/// Writes that may wait for the writer; further callers wait to enqueue theirs.
pub const WRITE_QUEUE: usize = 1_024;
/// Events on the largest page of `GET /events`, as in WorkOS.
pub const EVENTS_PAGE: usize = 100;
/// Events on a page of `GET /events` if the request has no `limit`, as in WorkOS.
pub const DEFAULT_EVENTS_PAGE: usize = 10;
/// Keys in the metadata of an organization, as in WorkOS.
pub const METADATA_KEYS: usize = 50;
/// Characters in a key of metadata, as in WorkOS.
pub const METADATA_KEY: usize = 40;
/// Characters in a value of metadata, as in WorkOS.
pub const METADATA_VALUE: usize = 600;
/// Characters in the external ID of an organization, as in WorkOS.
pub const EXTERNAL_ID: usize = 128;
/// Domains of one organization. Each costs a lookup when the organization is written.
pub const ORGANIZATION_DOMAINS: usize = 100;
/// Valid tokens of one directory: two, as in WorkOS, so that a token can be rotated without downtime.
pub const LIVE_TOKENS: usize = 2;
/// Events that one command deletes because they are too old, which takes a few milliseconds.
pub const EXPIRED_EVENTS: usize = 500;
/// Webhook endpoints of one store. Each has a task that reads the log.
pub const WEBHOOK_ENDPOINTS: usize = 200;
/// Attempts that the log of a webhook endpoint keeps.
pub const WEBHOOK_ATTEMPTS: usize = 1_000;
/// The longest URL of a webhook endpoint, in bytes.
pub const WEBHOOK_URL_BYTES: usize = 2_048;
/// Bytes of a webhook receiver's response that are read and kept.
pub const WEBHOOK_RESPONSE_BYTES: usize = 4 * 1024;
/// The time limit for one attempt to deliver a webhook, with its response.
pub const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(15);
/// Events that are delivered to one webhook endpoint before the progress of its queue is stored. After a crash so many may
/// be delivered twice.
pub const WEBHOOK_BATCH: usize = 64;
/// Positions of the event log that are searched at once for the events of one webhook endpoint.
pub const WEBHOOK_WINDOW: usize = 1_000;
/// Event streams of one directory. Each write appends one row to the queue of each.
pub const EVENT_STREAMS: usize = 10;
/// Signing keys of one directory: the one that signs, and the one before, so that receivers can verify tokens that are on
/// their way.
pub const SIGNING_KEYS: usize = 2;
/// Security event tokens in one response to a poll. A token is signed in about 0.1 ms.
pub const POLLED_TOKENS: usize = 100;
/// Tokens that one poll may acknowledge and refuse together, which occupies the writer for a few milliseconds.
pub const ACKNOWLEDGED_TOKENS: usize = 1_000;
/// The time for which a poll waits for a token.
pub const LONG_POLL: Duration = Duration::from_secs(25);
/// The largest response that the client reads, after decompression, in bytes. A larger one ends the exchange.
pub const CLIENT_RESPONSE_BYTES: usize = 16 * 1024 * 1024;
/// The bytes of a body that reports and transcripts keep. Larger bodies are read and judged whole.
pub const KEPT_BODY_BYTES: usize = 64 * 1024;
/// The client's default time limit for one response.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// The time after which Okta closes a connection without a response (FAQ, SUBMIT).
pub const OKTA_TIMEOUT: Duration = Duration::from_mins(1);
/// Consecutive requests without a response after which a run gives up.
pub const UNANSWERED_IN_A_ROW: usize = 3;
/// The time limit for a request header, from its first byte.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// The time that a connection without a request stays open.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Concurrent requests on one HTTP/2 connection; RFC 9113 section 6.5.2 recommends at least 100.
pub const STREAMS_PER_CONNECTION: u32 = 128;
/// Bytes of unread request bodies on one HTTP/2 connection: for one request, and for all together.
pub const BODY_WINDOW: u32 = 1024 * 1024;
/// Requests that one HTTP/2 connection may reset before the server has accepted them (CVE-2023-44487).
pub const RESETS_UNHEARD: usize = 20;
/// Requests on one HTTP/2 connection that the server may have to refuse or reset. A client that has not received
/// [`STREAMS_PER_CONNECTION`] yet may exceed it by a thousand.
pub const REFUSALS_PER_CONNECTION: usize = 1_024;
/// The time limit for a whole request body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The time limit for a client to take 64 KiB of a response. A slower client counts as not reading.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which the server reads the rest of a body after an early response, so that the client receives the
/// response and not a reset.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest request header, in bytes: a percent-encoded filter of [`FILTER_BYTES`], and as much again for the rest.
pub const REQUEST_HEAD_BYTES: usize = 128 * 1024;
/// The longest request target, in bytes.
pub const REQUEST_TARGET_BYTES: usize = 56 * 1024;
/// Bytes of large responses that wait for their clients, over all connections. A request reserves [`PAGE_BYTES`] of them,
/// so 32 clients that do not read can exhaust them until the write time-out.
pub const RESPONSE_BYTES: usize = 256 * 1024 * 1024;
/// Time that a request waits for a part of [`RESPONSE_BYTES`] before the response is 503.
pub const RESPONSE_WAIT: Duration = Duration::from_secs(10);
/// The time limit that replaces longer ones while connections, or [`RESPONSE_BYTES`], are nearly used up.
pub const CROWDED_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that are served at once. Further connections wait in the listener's queue.
pub const CONNECTIONS: usize = 1_024;
/// The time for which a shutdown waits for requests in progress.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
