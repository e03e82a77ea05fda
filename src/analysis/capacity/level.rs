//! How finely the search looks: roughly at first, by short trials, then closer and longer.

use crate::record::{CapacitySearch, TrialPart};

/// One round of the search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// What its trials are for.
    pub part: TrialPart,
    /// Ratio of two neighbouring rates that is close enough.
    pub width: f64,
    /// Length of its trials, in seconds.
    pub length_s: f64,
    /// Trials that decide about one rate.
    pub votes: f64,
    /// Share of them that may say otherwise.
    pub exceed_ratio: f64,
}

/// The rounds in their order. Widths double backwards; lengths grow by the same factor each time.
pub(super) fn levels(search: &CapacitySearch) -> [Level; 3] {
    let (first, last) = (search.first_trial_s, search.last_trial_s.max(search.first_trial_s));
    let level = |part, doublings, length_s, votes| Level {
        part,
        width: (1.0 + search.width).powi(doublings),
        length_s,
        votes,
        exceed_ratio: search.exceed_ratio,
    };
    [
        level(TrialPart::Rough, 4, first, 1.0),
        level(TrialPart::Narrowing, 2, (first * last).sqrt(), 1.0),
        level(TrialPart::Deciding, 1, last, (search.duration_sum_s / last).ceil().max(1.0)),
    ]
}

impl Level {
    /// Whether a trial of this length is one of this round.
    pub fn is_full(&self, length_s: f64) -> bool {
        length_s >= self.length_s * (1.0 - 1e-9)
    }
}
