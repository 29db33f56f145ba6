//! The harness: executable specs and fuzzing against any SCIM base URL.
