//! From an Okta profile to a SCIM document: mapping rows, key order, what is left out. Pure.
