//! The payloads of directory users and groups (WorkOS object models, workos OpenAPI).
