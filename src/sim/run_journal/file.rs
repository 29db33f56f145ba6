//! The file of a journal.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::line::Line;

/// A locked file of lines, which only its owner can read.
#[derive(Debug)]
pub(super) struct JournalFile(File);

/// The complete lines of a file.
pub(super) struct Read {
    file: BufReader<File>,
    line: usize,
    position: u64,
}

impl JournalFile {
    /// Opens or creates the file. The second value is false if another process uses it.
    pub(super) fn open(path: &Path) -> io::Result<(Self, bool)> {
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let is_free = file.try_lock().is_ok();
        #[cfg(unix)]
        if is_new {
            // So that the file itself outlives a failure of the system.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        Ok((Self(file), is_free))
    }

    /// Returns the complete lines, after the removal of an incomplete last one.
    pub(super) fn read(&mut self) -> io::Result<Read> {
        let mut file = BufReader::new(self.0.try_clone()?);
        file.seek(SeekFrom::Start(0))?;
        let (mut complete, mut line) = (0, Vec::new());
        while file.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            complete += line.len() as u64;
            line.clear();
        }
        if !line.is_empty() {
            self.0.set_len(complete)?;
        }
        file.seek(SeekFrom::Start(0))?;
        Ok(Read { file, line: 0, position: 0 })
    }

    /// Appends a line. With `durable`, it is on the storage device when this returns.
    pub(super) fn write(&mut self, line: &Line, durable: bool) -> io::Result<()> {
        let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
        text.push('\n');
        self.0.write_all(text.as_bytes())?;
        if durable { self.0.sync_data() } else { Ok(()) }
    }

    /// Returns the line at a position.
    pub(super) fn line_at(&mut self, position: u64) -> io::Result<String> {
        self.0.seek(SeekFrom::Start(position))?;
        let mut text = String::new();
        BufReader::new(&self.0).read_line(&mut text)?;
        Ok(text)
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        // A child process that is being started may still have a copy of the file, which would keep the lock.
        let _ = self.0.unlock();
    }
}

impl Read {
    /// Returns the next line with its number, from 1, and its position.
    pub(super) fn next(&mut self) -> io::Result<Option<(usize, u64, String)>> {
        let mut bytes = Vec::new();
        let length = self.file.read_until(b'\n', &mut bytes)?;
        if length == 0 {
            return Ok(None);
        }
        let position = self.position;
        self.line += 1;
        self.position += length as u64;
        // Bytes that are not UTF-8 are no JSON either.
        Ok(Some((self.line, position, String::from_utf8_lossy(&bytes).into_owned())))
    }
}
