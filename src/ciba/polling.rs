/// When the first poll of a flow is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPoll {
    /// One interval after the acknowledgement.
    AfterInterval,
    /// At once.
    AtOnce,
}

/// What an interval is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollFrom {
    /// The previous answer: arrival gaps at the server cannot shrink below the interval.
    Answer,
    /// The previous request, as section 10.1 allows: an answer that took longer than the interval may be followed at
    /// once, which is how long polling works.
    Send,
}
