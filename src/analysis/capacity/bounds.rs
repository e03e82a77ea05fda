//! What is known of each rate.

use super::level::Level;

/// What the trials at one rate say, for one round of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not enough of them yet.
    Open,
    /// The thresholds hold.
    Lower,
    /// They do not.
    Upper,
    /// Now they hold, now they do not: no further trial could change that.
    Undecided,
}

/// The trials at one rate.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub rate: f64,
    /// Lengths of those that met the thresholds, in seconds.
    pub met: Vec<f64>,
    /// Lengths of those that broke one.
    pub broken: Vec<f64>,
    /// How many were invalid.
    pub invalid: u32,
}

impl Load {
    pub fn new(rate: f64) -> Self {
        Load { rate, met: Vec::new(), broken: Vec::new(), invalid: 0 }
    }

    /// Whether anything is known of the target at this rate.
    pub fn is_judged(&self) -> bool {
        !self.met.is_empty() || !self.broken.is_empty()
    }

    /// A short trial in which the thresholds hold says little, since queues need time to grow. One in which they do not is as good
    /// as a long one, until a long one contradicts it.
    pub fn standing(&self, level: &Level) -> Standing {
        let full = |trials: &[f64]| trials.iter().filter(|length| level.is_full(**length)).count() as f64;
        let met = full(&self.met);
        let broken = if met > 0.0 { full(&self.broken) } else { self.broken.len() as f64 };
        let whole = (met + broken).max(level.votes);
        let missing = whole - met - broken;
        let few = |votes: f64| votes / whole <= level.exceed_ratio + 1e-9;
        if met + broken == 0.0 {
            Standing::Open
        } else if few(broken + missing) {
            Standing::Lower
        } else if few(met + missing) {
            Standing::Upper
        } else if !few(broken) && !few(met) {
            Standing::Undecided
        } else {
            Standing::Open
        }
    }
}

/// What one round has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reached {
    /// This rate is to be tried.
    Try(f64),
    /// Close enough. Between both rates there may be some that are undecided, or that contradict each other.
    Bracket { lower: f64, upper: f64 },
    /// The thresholds do not hold at the lowest rate.
    Below,
    /// They hold at the highest, or are undecided there.
    Above { holds: bool },
    /// They hold at this rate, if at any, and the generator can do no more.
    Capped(Option<f64>),
}

/// What the round before has come to, as far as it helps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hint {
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

impl Hint {
    pub fn of(reached: Reached, lowest: f64, highest: f64) -> Self {
        let (lower, upper) = match reached {
            Reached::Bracket { lower, upper } => (Some(lower), Some(upper)),
            Reached::Below => (Some(lowest), None),
            Reached::Above { .. } => (Some(highest), None),
            Reached::Capped(lower) => (lower, None),
            Reached::Try(_) => (None, None),
        };
        Hint { lower, upper }
    }
}

/// The rates that are decided in one round, from the lowest to the highest.
pub(super) struct Decided(Vec<(f64, Standing)>);

impl Decided {
    pub fn of(loads: &[Load], level: &Level) -> Self {
        let known = loads.iter().map(|load| (load.rate, load.standing(level)));
        let mut decided: Vec<_> = known.filter(|(_, standing)| *standing != Standing::Open).collect();
        decided.sort_by(|a, b| a.0.total_cmp(&b.0));
        Decided(decided)
    }

    /// The highest rate up to which the thresholds hold wherever they were tried.
    pub fn lower(&self) -> Option<f64> {
        let holding = self.0.iter().take_while(|(_, standing)| *standing == Standing::Lower);
        holding.last().map(|(rate, _)| *rate)
    }

    /// The lowest rate from which on they hold nowhere.
    pub fn upper(&self) -> Option<f64> {
        let breaking = self.0.iter().rev().take_while(|(_, standing)| *standing == Standing::Upper);
        breaking.last().map(|(rate, _)| *rate)
    }

    pub fn lowest(&self) -> Option<f64> {
        self.0.first().map(|(rate, _)| *rate)
    }

    pub fn highest(&self) -> Option<f64> {
        self.0.last().map(|(rate, _)| *rate)
    }

    pub fn holds(&self, rate: f64) -> bool {
        self.0.iter().any(|(known, _)| *known == rate)
    }

    /// How many there are that stand like this.
    pub fn count(&self, wanted: impl Fn(Standing) -> bool) -> i32 {
        i32::try_from(self.0.iter().filter(|(_, standing)| wanted(*standing)).count()).unwrap_or(i32::MAX)
    }

    /// The lowest and the highest rate between these two.
    pub fn between(&self, lower: f64, upper: f64) -> Option<(f64, f64)> {
        let mut inside = self.0.iter().map(|(rate, _)| *rate).filter(|rate| *rate > lower && *rate < upper);
        let first = inside.next()?;
        Some((first, inside.next_back().unwrap_or(first)))
    }
}
