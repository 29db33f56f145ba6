//! The HTTP face of the reference.
