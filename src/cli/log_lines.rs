//! What libraries log.

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::output::tell;

/// Warnings and errors go to standard error, of Goose only errors: it warns of every failed request, and those are counted.
struct LogLines;

static LOG_LINES: LogLines = LogLines;

/// Installs the logger; whatever is installed later (Goose does) is ignored.
pub fn install() {
    if log::set_logger(&LOG_LINES).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

impl Log for LogLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let least = if metadata.target().starts_with("goose") { Level::Error } else { Level::Warn };
        metadata.level() <= least
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            tell(&format!("{}: {}", record.level().as_str().to_lowercase(), record.args()));
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goose_is_heard_only_when_it_fails() {
        for (target, level, expected) in [
            ("goose::goose", Level::Warn, false),
            ("goose", Level::Error, true),
            ("hyper", Level::Warn, true),
            ("hyper", Level::Info, false),
        ] {
            let metadata = Metadata::builder().target(target).level(level).build();
            assert_eq!(LogLines.enabled(&metadata), expected, "{target} {level}");
        }
    }
}
