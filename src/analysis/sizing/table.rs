use super::advice::Advice;
use super::scaling_law::{NoScalingLaw, ScalingLaw};
use super::searched::Searched;
use super::size::{Measured, Size};
use crate::record::RunRecord;
use serde::{Serialize, Serializer};

/// Share of a capacity that is left unused when a size is chosen, where nobody says otherwise: room for the loss of a node, for a peak
/// within a minute, and for the next release.
pub const HEADROOM: f64 = 0.3;

/// Sizes side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sizing {
    /// By their number, the smallest first; those without a number by name.
    pub sizes: Vec<Size>,
    /// From each size to the next larger one.
    pub steps: Vec<Step>,
    /// The law that the capacities follow; in JSON the words why there is none.
    #[serde(serialize_with = "law_or_why")]
    pub law: Result<ScalingLaw, NoScalingLaw>,
    /// What to choose.
    pub advice: Advice,
    /// What was not alike in all runs.
    pub differences: Vec<Difference>,
    /// Every search, in the order in which they were given.
    pub searches: Vec<Searched>,
}

/// What a larger size brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Index of the smaller size.
    pub from: usize,
    /// Index of the larger one.
    pub to: usize,
    /// Capacity gained over size gained: 1 where twice the size carries twice as much.
    pub efficiency: f64,
    /// Lowest and highest value that both brackets leave open.
    pub range: (f64, f64),
}

/// What differs between the runs, so that their sizes are not all that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The profile.
    Profile,
    /// The thresholds.
    Thresholds,
    /// The machine that the generator ran on.
    Generator,
    /// The version of this tool.
    Version,
}

/// Why runs cannot be held side by side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizingError {
    /// No record.
    #[error(
        "no run was given: name the folders of searches that `ciba-bench capacity --label ...` has written"
    )]
    Nothing,
    /// Not the record of a search.
    #[error(
        "{run} is no search for a capacity: give folders that `ciba-bench capacity --label ...` has written"
    )]
    NotCapacity {
        /// Its name.
        run: String,
    },
    /// Two sizes with the same labels cannot be told from one that was measured twice.
    #[error(
        "{run} has no labels, so that its size is not known: search again with --label, for example --label vcpu=4,nodes=3"
    )]
    NoLabels {
        /// Its name.
        run: String,
    },
}

impl Sizing {
    /// Holds the records of searches side by side. `wanted` is a rate that has to be carried, in flows per second, `headroom` the share
    /// of a capacity that stays unused.
    ///
    /// # Errors
    /// A record that is none of a search, or that has no labels.
    pub fn of(runs: &[(String, RunRecord)], wanted: Option<f64>, headroom: f64) -> Result<Self, SizingError> {
        if runs.is_empty() {
            return Err(SizingError::Nothing);
        }
        let mut sizes: Vec<Size> = Vec::new();
        for (name, run) in runs {
            let capacity =
                run.capacity.as_ref().ok_or_else(|| SizingError::NotCapacity { run: name.clone() })?;
            if capacity.labels.is_empty() {
                return Err(SizingError::NoLabels { run: name.clone() });
            }
            let size = Size::of(capacity);
            match sizes.iter().position(|known| known.labels == size.labels) {
                Some(known) => {
                    let seen = sizes.swap_remove(known);
                    sizes.push(seen.and(size));
                }
                None => sizes.push(size),
            }
        }
        sizes.sort_by(|one, two| {
            let key = |size: &Size| size.number().unwrap_or(f64::INFINITY);
            key(one).total_cmp(&key(two)).then_with(|| one.name().cmp(&two.name()))
        });
        let records: Vec<_> = runs.iter().map(|(_, run)| run).collect();
        let searches = runs.iter().filter_map(|(place, run)| {
            let capacity = run.capacity.as_ref()?;
            let size = sizes.iter().position(|size| size.labels == capacity.labels)?;
            Some(Searched::new(place, size, run, capacity))
        });
        Ok(Sizing {
            steps: steps(&sizes),
            law: law(&sizes),
            advice: Advice::of(&sizes, wanted, headroom),
            differences: differences(&records),
            searches: searches.collect(),
            sizes,
        })
    }
}

fn steps(sizes: &[Size]) -> Vec<Step> {
    let bracketed: Vec<_> = sizes
        .iter()
        .enumerate()
        .filter_map(|(index, size)| match size.measured {
            Measured::Between { lower, upper } => Some((index, size.number()?, lower, upper)),
            Measured::AtLeast { .. } | Measured::Unknown { .. } => None,
        })
        .collect();
    bracketed
        .windows(2)
        .filter_map(|pair| {
            let [(from, small, lower, upper), (to, large, larger_lower, larger_upper)] = *pair else {
                return None;
            };
            let grown = large / small;
            (grown > 1.0 && lower > 0.0).then(|| Step {
                from,
                to,
                efficiency: larger_lower / lower / grown,
                range: (larger_lower / upper / grown, larger_upper / lower / grown),
            })
        })
        .collect()
}

/// Fitted to the middle of each bracket: its ends are not more likely than what lies between.
fn law(sizes: &[Size]) -> Result<ScalingLaw, NoScalingLaw> {
    if sizes.iter().any(|size| size.number().is_none()) {
        return Err(NoScalingLaw::NoNumbers);
    }
    let points: Vec<_> = sizes
        .iter()
        .filter_map(|size| match size.measured {
            Measured::Between { lower, upper } => Some((size.number()?, (lower * upper).sqrt())),
            Measured::AtLeast { .. } | Measured::Unknown { .. } => None,
        })
        .collect();
    ScalingLaw::fit(&points)
}

fn differences(runs: &[&RunRecord]) -> Vec<Difference> {
    let Some((first, others)) = runs.split_first() else { return Vec::new() };
    let differs = |is_same: &dyn Fn(&RunRecord) -> bool| !others.iter().all(|run| is_same(run));
    let thresholds = |run: &RunRecord| run.capacity.as_ref().map(|capacity| capacity.thresholds.clone());
    let machine = |run: &RunRecord| (run.environment.processor.clone(), run.environment.cores);
    [
        (Difference::Profile, differs(&|run| run.profile == first.profile)),
        (Difference::Thresholds, differs(&|run| thresholds(run) == thresholds(first))),
        (Difference::Generator, differs(&|run| machine(run) == machine(first))),
        (Difference::Version, differs(&|run| run.environment.tool_version == first.environment.tool_version)),
    ]
    .into_iter()
    .filter_map(|(difference, differs)| differs.then_some(difference))
    .collect()
}

fn law_or_why<S: Serializer>(law: &Result<ScalingLaw, NoScalingLaw>, to: S) -> Result<S::Ok, S::Error> {
    match law {
        Ok(law) => law.serialize(to),
        Err(why) => why.to_string().serialize(to),
    }
}
