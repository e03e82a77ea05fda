use crate::ciba::{Named, named};
use crate::doctor::State;
use crate::doctor::finding::Look;
use serde::Serialize;

named! {
    /// A part of a machine that a load may be too much for.
    pub enum Part {
        /// Processor time for everything.
        Processor => "processor",
        /// RSA signatures, with the client's own key.
        Signatures => "signatures",
        /// Threads that wake when they should.
        Timers => "timers",
        /// Memory for the flows that are pending.
        Memory => "memory",
        /// File descriptors.
        Descriptors => "descriptors",
        /// Local ports for connections.
        Ports => "ports",
    }
}

/// Whether a load fits one part of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// The part.
    pub part: Part,
    /// Sound: it fits. Failed: it does not.
    pub state: State,
    /// What the load needs, and what there is, in one line.
    pub seen: String,
    /// What to change, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Fit {
    pub(super) fn of(part: Part, look: Look) -> Self {
        Fit { part, state: look.state, seen: look.seen, remedy: look.remedy }
    }
}

impl Part {
    /// Columns that the longest name takes.
    pub fn widest() -> usize {
        Part::ALL.iter().map(|part| part.name().len()).max().unwrap_or(0)
    }
}
