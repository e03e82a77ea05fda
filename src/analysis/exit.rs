/// How a command ended: the exit code, a contract that pipelines depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Nothing against the target.
    Done = 0,
    /// This tool failed.
    Internal = 1,
    /// Bad arguments or a bad file.
    Usage = 2,
    /// The target cannot be reached or used.
    Target = 3,
    /// A binding rule of the standard was broken.
    Violation = 4,
    /// A threshold was not met.
    Threshold = 5,
    /// Nothing can be said.
    Inconclusive = 6,
    /// Worse than the baseline.
    Regression = 7,
    /// Stopped by Ctrl-C or SIGTERM.
    Interrupted = 130,
}

impl Exit {
    /// Every way to end, by code.
    pub const ALL: [Exit; 9] = [
        Exit::Done,
        Exit::Internal,
        Exit::Usage,
        Exit::Target,
        Exit::Violation,
        Exit::Threshold,
        Exit::Inconclusive,
        Exit::Regression,
        Exit::Interrupted,
    ];

    /// Which of several reasons wins: a breach of the standard stands even in an invalid run, a threshold does not.
    pub const PRECEDENCE: [Exit; 7] = [
        Exit::Interrupted,
        Exit::Violation,
        Exit::Internal,
        Exit::Target,
        Exit::Inconclusive,
        Exit::Threshold,
        Exit::Regression,
    ];

    /// The weightiest of several, by [`Exit::PRECEDENCE`]; done where there is none.
    pub fn weightiest(exits: impl IntoIterator<Item = Exit>) -> Exit {
        let exits: Vec<Exit> = exits.into_iter().collect();
        let found = Exit::PRECEDENCE.into_iter().find(|exit| exits.contains(exit));
        // What began at all is outweighed by what could not begin.
        let not_begun = exits.contains(&Exit::Usage).then_some(Exit::Usage);
        not_begun.or(found).unwrap_or(Exit::Done)
    }

    /// The exit code of the process.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// One word or two, as the verdict line begins.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Done => "passed",
            Exit::Internal => "internal error",
            Exit::Usage => "not started",
            Exit::Target => "target not usable",
            Exit::Violation => "violation",
            Exit::Threshold => "threshold not met",
            Exit::Inconclusive => "inconclusive",
            Exit::Regression => "regression",
            Exit::Interrupted => "interrupted",
        }
    }

    /// What the code means, one line.
    pub fn about(self) -> &'static str {
        match self {
            Exit::Done => "done, and nothing to hold against the target",
            Exit::Internal => "this tool failed; nothing is charged to the target",
            Exit::Usage => "bad arguments, profile, target file or machine: nothing was started",
            Exit::Target => "the target cannot be reached, or cannot be used for CIBA: nothing was judged",
            Exit::Violation => "a binding rule (MUST, or a plain statement) of the standard was broken",
            Exit::Threshold => "a threshold of the profile was not met, or the target was lost on the way",
            Exit::Inconclusive => {
                "nothing can be said: nothing ran, no answer came, or the generator was at fault"
            }
            Exit::Regression => "worse than the baseline",
            Exit::Interrupted => "stopped by Ctrl-C or SIGTERM; the record was written",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_the_contract() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130]);
    }

    #[test]
    fn the_weightiest_wins() {
        for (exits, wins) in [
            (&[][..], Exit::Done),
            (&[Exit::Done, Exit::Regression], Exit::Regression),
            (&[Exit::Regression, Exit::Threshold], Exit::Threshold),
            (&[Exit::Threshold, Exit::Inconclusive, Exit::Regression], Exit::Inconclusive),
            (&[Exit::Inconclusive, Exit::Internal], Exit::Internal),
            (&[Exit::Internal, Exit::Violation], Exit::Violation),
            (&[Exit::Violation, Exit::Interrupted], Exit::Interrupted),
            (&[Exit::Violation, Exit::Usage], Exit::Usage),
        ] {
            assert_eq!(Exit::weightiest(exits.iter().copied()), wins, "{exits:?}");
        }
    }
}
