use super::frames::MAGIC;

/// The log could not be written or read back.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place}: the log of the run cannot be {what}: {source}; free space there, or choose another folder with --out"
)]
pub struct LogError {
    /// Where it lies.
    pub place: String,
    /// `written`, `read back`.
    pub what: &'static str,
    /// Why.
    pub source: std::io::Error,
}

/// Why no record can be rebuilt from a log.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Nothing in it.
    #[error("the log is empty: the run was ended before its first flow; run again")]
    Empty,
    /// Another file.
    #[error(
        "this is no log of a run, which begins with {:?}: give a run's folder, its record.json or its log",
        form(MAGIC)
    )]
    Foreign,
    /// Another version of the log.
    #[error(
        "the log has the form {found:?}, this version reads {:?}: read it with the version that wrote it",
        form(MAGIC)
    )]
    Version {
        /// What its first line says.
        found: String,
    },
    /// Cut off before the first frame was complete.
    #[error("the log ends before its first frame does: the run was ended before its first flow; run again")]
    NoHead,
    /// The first frame is not what it was when it was written.
    #[error(
        "the first frame of the log is damaged, and with it what was run is lost: copy the file again, or run again"
    )]
    DamagedHead,
    /// The first frame is whole but has no sense for this version.
    #[error(
        "field {path} of the log's first frame: {problem}; the log was changed by hand, or is another version's"
    )]
    Head {
        /// From the root.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

fn form(magic: &[u8]) -> String {
    String::from_utf8_lossy(magic).trim_end().to_owned()
}
