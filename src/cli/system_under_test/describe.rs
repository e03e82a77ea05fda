use std::time::Duration;

use super::command::said;
use crate::cli::failure::Failure;
use crate::record::SutDescription;

/// Longest time that the command may take.
const WITHIN: Duration = Duration::from_secs(60);

/// Runs the command of `--sut-describe`, and keeps what it prints.
pub fn describe(command: &str) -> Result<SutDescription, Failure> {
    let described = said(command, WITHIN).and_then(|said| match said.trim() {
        "" => Err("printed nothing, expected a description on standard output".to_owned()),
        _ => Ok(SutDescription { command: command.to_owned(), said }),
    });
    described.map_err(|problem| {
        Failure::usage(format!("--sut-describe {command:?}: {problem}; nothing was started"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_nothing_is_refused_before_anything_starts() {
        assert_eq!(describe("printf 'nodes: 3\\n'").unwrap().said, "nodes: 3\n");
        for (command, expected) in [("true", "printed nothing"), ("exit 1", "failed with exit status: 1")] {
            let lines = describe(command).unwrap_err().lines();
            let begin = format!("--sut-describe {command:?}: {expected}");
            assert!(lines[0].starts_with(&begin) && lines[0].ends_with("nothing was started"), "{lines:?}");
        }
    }
}
