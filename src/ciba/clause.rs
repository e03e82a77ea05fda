use serde::{Deserialize, Serialize};

/// A place in a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clause {
    /// Short name of the specification, for example `CIBA Core 1.0`.
    pub spec: &'static str,
    /// Section, for example `7.3`.
    pub section: &'static str,
    /// What the clause asks for, in this tool's own words.
    pub sentence: &'static str,
}

/// How strongly a specification asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// MUST, REQUIRED, SHALL and their lower-case forms.
    Must,
    /// SHOULD, RECOMMENDED.
    Should,
    /// MAY, OPTIONAL: a breach is an observation.
    May,
    /// A plain statement of protocol behaviour that shows on the wire; as binding as a MUST.
    Plain,
}

impl Level {
    /// Whether a breach is held against the server (exit code 4), or is only reported.
    pub fn binds(self) -> bool {
        match self {
            Level::Must | Level::Plain => true,
            Level::Should | Level::May => false,
        }
    }

    /// The level in capitals, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
            Level::Plain => "PLAIN",
        }
    }
}
