//! Why a command could not do what it was asked to.

use std::error::Error;

use crate::analysis::Exit;
use crate::record::Ended;

/// An error with causes, of whatever kind.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Longest chain of causes that is printed.
const CAUSES_MAX: usize = 8;

/// Why a command ended early: at least one error, and the exit code that all of them share.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    errors: Vec<Cause>,
}

impl Failure {
    /// Bad arguments or files, or a machine that does not allow it: nothing was started.
    pub fn usage(error: impl Into<Cause>) -> Self {
        Failure { exit: Exit::Usage, errors: vec![error.into()] }
    }

    /// The target cannot be reached or used.
    pub fn target(error: impl Into<Cause>) -> Self {
        Failure { exit: Exit::Target, errors: vec![error.into()] }
    }

    /// This tool failed.
    pub fn internal(error: impl Into<Cause>) -> Self {
        Failure { exit: Exit::Internal, errors: vec![error.into()] }
    }

    /// Ctrl-C or SIGTERM before there was anything to record.
    pub fn interrupted() -> Self {
        Failure { exit: Exit::Interrupted, errors: vec!["interrupted before the run began".into()] }
    }

    /// Both results, or the errors of both: whoever has to mend two files wants to know of both. The first error's exit
    /// code wins.
    pub fn both<A, B>(a: Result<A, Failure>, b: Result<B, Failure>) -> Result<(A, B), Failure> {
        match (a, b) {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (Err(mut a), Err(b)) => {
                a.errors.extend(b.errors);
                Err(a)
            }
            (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// How a run ended that could not go on because of it; `reason` is kept where this tool could not do its part.
    pub fn ended(&self, reason: String) -> Ended {
        match self.exit {
            Exit::Interrupted => Ended::Interrupted,
            // It was there for what came before.
            Exit::Target => Ended::TargetLost,
            Exit::Done
            | Exit::Internal
            | Exit::Usage
            | Exit::Violation
            | Exit::Threshold
            | Exit::Inconclusive
            | Exit::Regression => Ended::Failed { reason },
        }
    }

    /// The errors with their causes, one line each, without a prefix. A cause that the line above quotes already is left
    /// out.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for error in &self.errors {
            let mut said = error.to_string();
            lines.extend(said.lines().map(str::to_owned));
            let mut cause = error.source();
            for _ in 0..CAUSES_MAX {
                let Some(error) = cause else { break };
                let text = error.to_string();
                if !said.contains(&text) {
                    lines.extend(text.lines().map(|line| format!("  because: {line}")));
                    said = text;
                }
                cause = error.source();
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Quoting);

    #[derive(Debug, thiserror::Error)]
    #[error("middle: {0}")]
    struct Quoting(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner\nsecond line")]
    struct Inner;

    #[test]
    fn causes_are_said_once() {
        let failure = Failure::usage(Outer(Quoting(Inner)));
        assert_eq!(failure.exit(), Exit::Usage);
        assert_eq!(failure.lines(), ["outer", "  because: middle: inner", "  because: second line"]);
    }

    #[test]
    fn two_failures_are_both_told() {
        let both = Failure::both::<(), ()>(Err(Failure::usage("one")), Err(Failure::target("two")));
        let failure = both.unwrap_err();
        assert_eq!(
            (failure.exit(), failure.lines()),
            (Exit::Usage, vec!["one".to_owned(), "two".to_owned()])
        );
        assert_eq!(Failure::both(Ok(1), Ok(2)).unwrap(), (1, 2));
        assert_eq!(Failure::both::<i32, ()>(Ok(1), Err(Failure::target("b"))).unwrap_err().lines(), ["b"]);
    }
}
