use super::RebuildError;

/// The first line of every log: what it is, and the version of its form.
pub const MAGIC: &[u8] = b"ciba-bench/checkpoint/1\n";

/// The part of [`MAGIC`] that all versions have.
const KIND: &[u8] = b"ciba-bench/checkpoint/";

/// Bytes before the payload of a frame: its length and its CRC-32, big-endian.
pub(super) const PREFIX: usize = 8;

/// Longest payload of a frame, in bytes: a profile of eight megabytes, written as JSON, and much room.
pub(super) const PAYLOAD_MAX: usize = 64 * 1024 * 1024;

/// Whether a file that begins so is a log, of whatever version.
pub fn is_log(beginning: &[u8]) -> bool {
    beginning.starts_with(KIND)
}

/// A frame with this payload; `None` where that is longer than [`PAYLOAD_MAX`].
pub(super) fn frame(payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= PAYLOAD_MAX)?;
    let mut frame = Vec::with_capacity(PREFIX + payload.len());
    frame.extend(length.to_be_bytes());
    frame.extend(check_sum(payload).to_be_bytes());
    frame.extend(payload);
    Some(frame)
}

fn check_sum(payload: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(payload);
    sum.sum()
}

/// What stands where the next frame should begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'l> {
    /// A whole frame: its payload.
    Whole(&'l [u8]),
    /// The end of the log.
    End,
    /// The beginning of a frame whose end was never written.
    Torn,
    /// Bytes that no writer of this version wrote.
    Damaged,
}

/// Reads the frames of a log one after the other.
pub(super) struct Frames<'l> {
    rest: &'l [u8],
}

impl<'l> Frames<'l> {
    /// Checks the first line.
    pub fn of(log: &'l [u8]) -> Result<Self, RebuildError> {
        if log.is_empty() {
            return Err(RebuildError::Empty);
        }
        if let Some(rest) = log.strip_prefix(MAGIC) {
            return Ok(Frames { rest });
        }
        if MAGIC.starts_with(log) {
            return Err(RebuildError::NoHead);
        }
        if !is_log(log) {
            return Err(RebuildError::Foreign);
        }
        let line = log.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = &line[..line.len().min(2 * MAGIC.len())];
        Err(RebuildError::Version { found: String::from_utf8_lossy(line).into_owned() })
    }

    /// Bytes that were not read yet.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next frame.
    pub fn next(&mut self) -> Next<'l> {
        if self.rest.is_empty() {
            return Next::End;
        }
        let word =
            |at: usize| -> Option<u32> { self.rest.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes) };
        let (Some(length), Some(sum)) = (word(0), word(4)) else { return Next::Torn };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // No payload is empty: a file that the system made longer and never filled holds zeros.
        if length == 0 || length > PAYLOAD_MAX {
            return Next::Damaged;
        }
        let Some(payload) = self.rest.get(PREFIX..PREFIX + length) else { return Next::Torn };
        if check_sum(payload) != sum {
            return Next::Damaged;
        }
        self.rest = &self.rest[PREFIX + length..];
        Next::Whole(payload)
    }
}
