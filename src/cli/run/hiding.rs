//! Hides the user's secrets in text that is printed piece by piece.

use std::io::{self, Write};

use crate::wire::Secrets;

/// Collects text until it is flushed, so that no secret is divided, and writes it without secrets.
#[derive(Debug)]
pub(super) struct Hiding<W> {
    out: W,
    secrets: Secrets,
    held: Vec<u8>,
}

impl<W: Write> Hiding<W> {
    pub(super) fn new(out: W, secrets: Secrets) -> Self {
        Self { out, secrets, held: Vec::new() }
    }
}

impl<W: Write> Write for Hiding<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = String::from_utf8_lossy(&self.held).into_owned();
        self.held.clear();
        self.out.write_all(self.secrets.hide(&text).as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Auth, Target};

    #[test]
    fn a_secret_in_two_pieces_is_hidden() {
        let secrets = Secrets::of(&Target::new("https://h/scim", Auth::Bearer("t0k3n-s3cret".into())));
        let mut out = Hiding::new(Vec::new(), secrets);
        write!(out, "a t0k3n-").unwrap();
        write!(out, "s3cret b").unwrap();
        out.flush().unwrap();
        assert_eq!(out.out, b"a *** b");
    }
}
