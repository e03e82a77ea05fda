use super::bounds::{Decided, Hint, Load, Reached, Standing};
use super::end::{End, Recovery};
use super::level::{Level, levels};
use crate::record::{CapacitySearch, TrialPart};

/// Factor from one rate to the next while nothing is known of the limit.
const ROUGH_STEP: f64 = 2.0;
/// Invalid trials at one rate, above all rates that could be judged, after which lower ones are tried first.
const INVALID_REPEATS: u32 = 2;
/// Invalid trials at such a rate, those after the lower ones included, that show that the generator can do no more: once may have
/// been something else on its machine.
const INVALID_PROOF: u32 = 4;
/// Invalid trials of one search.
const INVALID_MAX: u32 = 12;
/// Tries to see how the target does after an overload.
const OVERLOADS_MAX: usize = 2;
/// Trials at the lower end that have to break, one right after the other, before it is put down to the overload: that end is close to
/// the limit, and one may be a coincidence.
const HYSTERESIS_PROOF: usize = 2;
/// The overload, over the upper end of the bracket.
const OVERLOAD: f64 = 1.25;
/// Most doublings of a step.
const DOUBLINGS_MAX: i32 = 4;

/// A trial that is to be carried out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// What it is for.
    pub part: TrialPart,
    /// Rate, in flows per second.
    pub rate: f64,
    /// Length, in seconds, without a warm-up.
    pub length_s: f64,
}

/// What a trial came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The thresholds hold.
    Met,
    /// They do not.
    Broken,
    /// The generator was at fault.
    Invalid,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// This trial.
    Try(Trial),
    /// Nothing.
    Done(End),
}

/// A search. What it says next follows from what it was told alone, so that one that was interrupted goes on by being told
/// the same trials again.
#[derive(Debug, Clone)]
pub struct Search {
    settings: CapacitySearch,
    loads: Vec<Load>,
    /// Overloads and what came right after them, in their order.
    descents: Vec<(Trial, Judged)>,
    trials: u32,
    invalid: u32,
    last_invalid: Option<f64>,
    elapsed_s: f64,
}

impl Search {
    /// A search of which nothing is known yet.
    pub fn new(settings: CapacitySearch) -> Self {
        Search {
            settings,
            loads: Vec::new(),
            descents: Vec::new(),
            trials: 0,
            invalid: 0,
            last_invalid: None,
            elapsed_s: 0.0,
        }
    }

    /// The trial that comes next, or the end.
    pub fn next(&self) -> Step {
        if self.invalid >= INVALID_MAX {
            let at = self.last_invalid.unwrap_or(self.settings.lowest_per_s);
            return Step::Done(End::GeneratorBound { at, met: self.bounds().0 });
        }
        let mut hint = Hint::default();
        let mut reached = Reached::Try(self.settings.lowest_per_s);
        for level in levels(&self.settings) {
            reached = self.reached(&level, hint);
            if let Reached::Try(rate) = reached {
                return self.within_budget(Trial { part: level.part, rate, length_s: level.length_s });
            }
            hint = Hint::of(reached, self.settings.lowest_per_s, self.settings.highest_per_s);
        }
        let unfinished = |reason| Step::Done(End::Unfinished { lower: self.bounds().0, upper: None, reason });
        match reached {
            Reached::Bracket { lower, upper } => self.descend(lower, upper),
            Reached::Below => Step::Done(End::BelowMinimum),
            Reached::Above { holds: true } => Step::Done(End::AboveMaximum),
            Reached::Above { holds: false } => {
                unfinished("at the highest rate the thresholds hold in some trials and not in others")
            }
            Reached::Capped(met) => Step::Done(End::GeneratorBound {
                at: self.ceiling().unwrap_or(self.settings.highest_per_s),
                met,
            }),
            Reached::Try(_) => unfinished("there was nothing to try"),
        }
    }

    /// Takes down what a trial came to, and how long it took with everything around it.
    pub fn record(&mut self, trial: Trial, judged: Judged, took_s: f64) {
        self.trials += 1;
        self.elapsed_s += took_s;
        if judged == Judged::Invalid {
            self.invalid += 1;
            self.last_invalid = Some(trial.rate);
        }
        if matches!(trial.part, TrialPart::Overload | TrialPart::Descending) {
            self.descents.push((trial, judged));
            return;
        }
        let at = self.loads.iter().position(|load| load.rate == trial.rate).unwrap_or_else(|| {
            self.loads.push(Load::new(trial.rate));
            self.loads.len() - 1
        });
        let load = &mut self.loads[at];
        match judged {
            Judged::Met => load.met.push(trial.length_s),
            Judged::Broken => load.broken.push(trial.length_s),
            Judged::Invalid => load.invalid += 1,
        }
    }

    /// Up to where the thresholds hold and from where on they do not, as far as that is known: by the longest trials that say
    /// anything.
    pub fn bounds(&self) -> (Option<f64>, Option<f64>) {
        let levels = levels(&self.settings);
        let of = |bound: fn(&Decided) -> Option<f64>| {
            levels.iter().rev().find_map(|level| bound(&Decided::of(&self.loads, level)))
        };
        (of(Decided::lower), of(Decided::upper))
    }

    /// Whether the longest trials at a rate contradict each other.
    pub(super) fn is_undecided(&self, rate: f64) -> bool {
        let [.., last] = levels(&self.settings);
        self.loads.iter().any(|load| load.rate == rate && load.standing(&last) == Standing::Undecided)
    }

    fn within_budget(&self, trial: Trial) -> Step {
        let reason = if self.trials >= self.settings.trials_max {
            "as many trials were made as are allowed"
        } else if self.elapsed_s >= self.settings.time_max_s {
            "no time was left for another trial"
        } else {
            return Step::Try(trial);
        };
        let (lower, upper) = self.bounds();
        Step::Done(End::Unfinished { lower, upper, reason })
    }

    /// What one round has come to, given what the one before has.
    fn reached(&self, level: &Level, hint: Hint) -> Reached {
        let decided = Decided::of(&self.loads, level);
        let (lowest, highest) = (self.settings.lowest_per_s, self.settings.highest_per_s);
        let Some(lower) = decided.lower() else { return self.downwards(level, hint, &decided) };
        let Some(upper) = decided.upper() else {
            let top = decided.highest().unwrap_or(lower);
            let next = hint
                .upper
                .filter(|upper| *upper > top)
                .unwrap_or_else(|| top * self.step(level, &decided, Standing::Lower));
            let next = rounded(next).min(highest);
            return match self.ceiling() {
                Some(ceiling) if ceiling <= top * level.width => self.capped(ceiling, Some(lower)),
                Some(ceiling) if ceiling <= next => Reached::Try(middle(top, ceiling)),
                _ if top >= highest => Reached::Above { holds: lower >= highest },
                _ => Reached::Try(next),
            };
        };
        // Rates between that are decided are undecided, or contradict each other: both ends have to come close to them.
        let (first, last) = decided.between(lower, upper).unwrap_or((upper, lower));
        let is_wide = |low: f64, high: f64| high > low * level.width * (1.0 + 1e-9);
        if is_wide(lower, first) {
            Reached::Try(middle(lower, first))
        } else if first < upper && is_wide(last, upper) {
            Reached::Try(middle(last, upper))
        } else {
            Reached::Bracket { lower: lower.max(lowest), upper }
        }
    }

    /// Looks for a rate at which the thresholds hold.
    fn downwards(&self, level: &Level, hint: Hint, decided: &Decided) -> Reached {
        let lowest = self.settings.lowest_per_s;
        let is_new =
            |rate: &f64| decided.lowest().is_none_or(|bottom| *rate < bottom) && !decided.holds(*rate);
        let next = match (hint.lower.filter(is_new), decided.lowest()) {
            (Some(lower), _) => lower,
            (None, None) => lowest,
            (None, Some(bottom)) if bottom <= lowest => return Reached::Below,
            (None, Some(bottom)) => rounded(bottom / self.step(level, decided, Standing::Upper)).max(lowest),
        };
        match self.ceiling() {
            Some(ceiling) if ceiling <= next => self.capped(ceiling, None),
            _ => Reached::Try(next),
        }
    }

    /// The factor to the next rate: it grows with each one that was as little a surprise as these.
    fn step(&self, level: &Level, decided: &Decided, like: Standing) -> f64 {
        if level.part == TrialPart::Rough {
            return ROUGH_STEP;
        }
        let surprises = decided.count(|standing| standing == like || standing == Standing::Undecided);
        level.width.powi(1 << surprises.clamp(1, DOUBLINGS_MAX)).min(ROUGH_STEP)
    }

    /// The lowest rate at which the generator failed again and again, where nothing could be judged at or above it.
    fn ceiling(&self) -> Option<f64> {
        let judged =
            self.loads.iter().filter(|load| load.is_judged()).map(|load| load.rate).fold(0.0, f64::max);
        let failed = self.loads.iter().filter(|load| load.invalid >= INVALID_REPEATS && load.rate > judged);
        failed.map(|load| load.rate).min_by(f64::total_cmp)
    }

    /// Nothing is left below the rate at which the generator failed: was it the rate?
    fn capped(&self, ceiling: f64, met: Option<f64>) -> Reached {
        let is_proven = |load: &Load| load.rate == ceiling && load.invalid >= INVALID_PROOF;
        if self.loads.iter().any(is_proven) { Reached::Capped(met) } else { Reached::Try(ceiling) }
    }

    /// Once the bracket is known: an overload, and at once the lower end again.
    fn descend(&self, lower: f64, upper: f64) -> Step {
        let length_s = self.settings.last_trial_s;
        let overload = rounded(upper * OVERLOAD).min(self.settings.highest_per_s).max(upper);
        let of = |part, rate| Trial { part, rate, length_s };
        let bracket = |recovery| Step::Done(End::Bracket { lower, upper, recovery });
        let of_kind = |wanted: Judged| self.descents.iter().filter(move |(_, judged)| *judged == wanted);
        let broken_after =
            of_kind(Judged::Broken).filter(|(trial, _)| trial.part == TrialPart::Descending).count();
        let next = match self.descents.last().map(|(trial, judged)| (trial.part, *judged)) {
            _ if of_kind(Judged::Invalid).count() >= OVERLOADS_MAX => return bracket(None),
            Some((TrialPart::Descending, Judged::Met)) => {
                return bracket(Some(Recovery { overload, after: Judged::Met }));
            }
            Some((TrialPart::Descending, Judged::Broken)) if broken_after >= HYSTERESIS_PROOF => {
                return bracket(Some(Recovery { overload, after: Judged::Broken }));
            }
            Some((TrialPart::Descending, Judged::Broken))
            | Some((TrialPart::Overload, Judged::Met | Judged::Broken)) => of(TrialPart::Descending, lower),
            Some(_) | None => of(TrialPart::Overload, overload),
        };
        match self.within_budget(next) {
            Step::Try(trial) => Step::Try(trial),
            Step::Done(_) => bracket(None),
        }
    }
}

/// The rate in the middle of two, by their ratio.
fn middle(lower: f64, upper: f64) -> f64 {
    rounded((lower * upper).sqrt())
}

/// Four digits are enough, and read well.
fn rounded(rate: f64) -> f64 {
    let unit = 10f64.powf((rate.log10().floor() - 3.0).max(-6.0));
    let rate = (rate / unit).round() * unit;
    // Takes away what binary fractions add.
    (rate * 1e6).round() / 1e6
}
