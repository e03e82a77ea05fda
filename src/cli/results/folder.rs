//! The folder that holds a run's files.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::checkpoint::Log;
use crate::cli::failure::Failure;
use crate::cli::report::RECORD_FILE;
use crate::report::manifest;

/// The file of digests, in a form that `sha256sum -c` reads.
pub const MANIFEST_FILE: &str = "MANIFEST.sha256";
/// The log that a load keeps of itself until the record is written.
pub const LOG_FILE: &str = "checkpoint.log";
/// Where runs go by default, below the current folder.
pub const RUNS: &str = "reports/runs";
/// Most runs of one profile that can begin in one second.
const SAME_SECOND_MAX: u32 = 100;
/// Ending of files that are not complete yet.
const PARTIAL: &str = "partial";

/// A folder whose files are open before the run starts. Each is written beside its place and then moved there, so that
/// no file is ever half written. Dropped before anything was written, the folder leaves nothing behind.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Folders that were made for it, the outermost first.
    made: Vec<PathBuf>,
    files: Vec<Reserved>,
    /// Names of the files that are complete.
    written: Vec<String>,
    /// Whether there is a log.
    has_log: bool,
}

#[derive(Debug)]
struct Reserved {
    name: String,
    file: File,
}

impl RunFolder {
    /// The default place for a run: `reports/runs/TIME-NAME`, with a number where that is taken.
    pub fn default_path(time: &str, name: &str) -> PathBuf {
        let first = Path::new(RUNS).join(format!("{time}-{name}"));
        let numbered = |n: u32| Path::new(RUNS).join(format!("{time}-{name}-{n}"));
        if first.exists() {
            (2..SAME_SECOND_MAX).map(numbered).find(|path| !path.exists()).unwrap_or(first)
        } else {
            first
        }
    }

    /// Makes the folder and opens its files.
    pub fn create(path: &Path, names: &[impl AsRef<str>]) -> Result<Self, Failure> {
        let cannot = |at: &Path, error: &io::Error| {
            Failure::usage(format!(
                "--out {}: {} cannot be written: {error}; choose a folder that this user may write to",
                path.display(),
                at.display()
            ))
        };
        if path.join(RECORD_FILE).exists() {
            return Err(Failure::usage(format!(
                "--out {}: holds the record of another run, which is not overwritten; choose another folder",
                path.display()
            )));
        }
        if path.join(LOG_FILE).exists() {
            return Err(Failure::usage(format!(
                "--out {}: holds the log of a run that was cut off, which is not overwritten; `ciba-bench report` reads it; \
                 choose another folder",
                path.display()
            )));
        }
        let mut folder = RunFolder {
            path: path.to_owned(),
            made: Vec::new(),
            files: Vec::new(),
            written: Vec::new(),
            has_log: false,
        };
        folder.make(path).map_err(|error| cannot(path, &error))?;
        for name in names.iter().map(AsRef::as_ref) {
            folder.reserve(name).map_err(|error| cannot(&path.join(name), &error))?;
        }
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a further file, so that it is known before the run starts that it can be written.
    pub fn open(&mut self, name: &str) -> Result<(), Failure> {
        self.reserve(name).map_err(|error| {
            let (out, file) = (self.path.display(), self.path.join(name));
            Failure::usage(format!(
                "--out {out}: {} cannot be written: {error}; choose a folder that this user may write to",
                file.display()
            ))
        })
    }

    /// Writes a file in one piece; one that was not opened before is made now.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let index = match self.files.iter().position(|file| file.name == name) {
            Some(index) => index,
            None => {
                self.reserve(name)?;
                self.files.len() - 1
            }
        };
        let Reserved { name, mut file } = self.files.swap_remove(index);
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(self.partial(&name), self.path.join(&name))?;
        self.written.push(name);
        Ok(())
    }

    /// Opens the log of a load. It stays until [`RunFolder::drop_log`], or, if something was written to it, for good.
    pub fn log(&mut self) -> Result<Log, Failure> {
        let path = self.path.join(LOG_FILE);
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(|error| {
            Failure::usage(format!(
                "--out {}: {} cannot be written: {error}; choose a folder that this user may write to",
                self.path.display(),
                path.display()
            ))
        })?;
        self.has_log = true;
        Ok(Log::new(Box::new(file), path.display().to_string()))
    }

    /// Takes the log away: the record holds everything that it did.
    pub fn drop_log(&mut self) {
        if std::mem::take(&mut self.has_log) {
            // One that stays does no harm: the record is read before it.
            let _ = fs::remove_file(self.path.join(LOG_FILE));
        }
    }

    /// Writes the digests of everything that was written so far, as it lies there now.
    pub fn write_manifest(&mut self) -> io::Result<()> {
        let contents: Vec<Vec<u8>> =
            self.written.iter().map(|name| fs::read(self.path.join(name))).collect::<io::Result<_>>()?;
        let files: Vec<(&str, &[u8])> =
            self.written.iter().map(String::as_str).zip(contents.iter().map(Vec::as_slice)).collect();
        let lines = manifest(&files);
        self.write(MANIFEST_FILE, lines.as_bytes())
    }

    fn reserve(&mut self, name: &str) -> io::Result<()> {
        if let Some(parent) = self.path.join(name).parent() {
            self.make(parent)?;
        }
        let file = File::create(self.partial(name))?;
        self.files.push(Reserved { name: name.to_owned(), file });
        Ok(())
    }

    /// Makes a folder and those above it, and remembers which.
    fn make(&mut self, path: &Path) -> io::Result<()> {
        let mut missing: Vec<PathBuf> = path
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .map(Path::to_owned)
            .collect();
        missing.reverse();
        fs::create_dir_all(path)?;
        self.made.extend(missing);
        Ok(())
    }

    fn partial(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{PARTIAL}"))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // Whatever cannot be tidied up is no reason to fail.
        if fs::metadata(self.path.join(LOG_FILE)).is_ok_and(|log| log.len() == 0) {
            self.drop_log();
        }
        for reserved in &self.files {
            let _ = fs::remove_file(self.partial(&reserved.name));
        }
        if self.written.is_empty() {
            for folder in self.made.iter().rev() {
                // Fails for a folder that holds something else by now, which is right.
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ciba-bench-folder-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_appear_when_they_are_complete_and_the_rest_is_tidied_up() {
        let scratch = Scratch::new("complete");
        let path = scratch.0.join("a/b");
        let mut folder = RunFolder::create(&path, &[RECORD_FILE, "report.txt"]).unwrap();
        assert_eq!(names(&path), ["record.json.partial", "report.txt.partial"]);
        folder.write(RECORD_FILE, b"{}").unwrap();
        folder.write("histograms/ack.hgrm", b"x").unwrap();
        folder.write_manifest().unwrap();
        drop(folder);
        assert_eq!(names(&path), [MANIFEST_FILE, "histograms", "record.json"]);
        let lines = fs::read_to_string(path.join(MANIFEST_FILE)).unwrap();
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(
            lines.contains("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  record.json"),
            "{lines}"
        );
        assert_eq!(fs::read(path.join("histograms/ack.hgrm")).unwrap(), b"x");
        let again = RunFolder::create(&path, &[""; 0]).unwrap_err().lines();
        assert!(again[0].contains("holds the record of another run"), "{again:?}");
    }

    #[test]
    fn a_run_that_never_began_leaves_nothing() {
        let scratch = Scratch::new("nothing");
        drop(RunFolder::create(&scratch.0.join("a/b"), &[RECORD_FILE, "histograms/x"]).unwrap());
        assert_eq!(names(&scratch.0), [""; 0]);
    }

    #[test]
    fn a_log_stays_until_the_record_is_there() {
        let scratch = Scratch::new("log");
        let path = scratch.0.join("run");
        let head = |folder: &mut RunFolder| {
            let head = crate::checkpoint::Head {
                record: crate::record::sample::passed(),
                arrivals: crate::record::Arrivals::Open,
                begun_ms: 0,
                stages: Vec::new(),
                consents: None,
            };
            folder.log().unwrap().begin(&head).unwrap();
        };
        // Nothing was written to it: it goes with the folder.
        let mut folder = RunFolder::create(&path, &[RECORD_FILE]).unwrap();
        folder.log().unwrap();
        drop(folder);
        assert_eq!(names(&scratch.0), [""; 0]);
        // The record was written.
        let mut folder = RunFolder::create(&path, &[RECORD_FILE]).unwrap();
        head(&mut folder);
        assert_eq!(names(&path), [LOG_FILE, "record.json.partial"]);
        folder.write(RECORD_FILE, b"{}").unwrap();
        folder.drop_log();
        drop(folder);
        assert_eq!(names(&path), [RECORD_FILE]);
        // It was not.
        let other = scratch.0.join("other");
        let mut folder = RunFolder::create(&other, &[RECORD_FILE]).unwrap();
        head(&mut folder);
        drop(folder);
        assert_eq!(names(&other), [LOG_FILE]);
        let again = RunFolder::create(&other, &[RECORD_FILE]).unwrap_err().lines();
        assert!(again[0].contains("holds the log of a run that was cut off"), "{again:?}");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let scratch = Scratch::new("file");
        fs::write(scratch.0.join("taken"), "").unwrap();
        let lines = RunFolder::create(&scratch.0.join("taken/run"), &[RECORD_FILE]).unwrap_err().lines();
        assert!(lines[0].contains("taken/run cannot be written"), "{lines:?}");
    }
}
