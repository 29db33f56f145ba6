//! From the log to those who consume it: the cursor of the Events API; later a live tail and webhooks.
