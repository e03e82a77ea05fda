use super::size::{Measured, Size};
use serde::Serialize;

/// What to choose for a rate, and what each processor is good for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The rate that has to be carried, in flows per second, where one was asked for.
    pub wanted: Option<f64>,
    /// Share of a capacity that stays unused, 0 to below 1.
    pub headroom: f64,
    /// Index of the size to choose: the cheapest that carries the wanted rate and keeps the headroom, by cost where all that carry
    /// it have one, else the smallest; of several such the one that was seen to need least memory. `None` where none was asked for, or
    /// none carries it.
    pub choice: Option<usize>,
    /// Index of the size that carries least for its processors: the rule of thumb is taken from it, and holds for all the others.
    pub least_per_vcpu: Option<usize>,
}

impl Advice {
    pub(super) fn of(sizes: &[Size], wanted: Option<f64>, headroom: f64) -> Self {
        let carries = |size: &Size| {
            wanted
                .zip(size.measured.lower())
                .is_some_and(|(wanted, lower)| lower * (1.0 - headroom) >= wanted)
        };
        let fit: Vec<_> = sizes.iter().enumerate().filter(|(_, size)| carries(size)).collect();
        let have_costs = fit.iter().all(|(_, size)| size.cost_per_hour.is_some());
        let price = |size: &Size| {
            if have_costs { size.cost_per_hour } else { size.number() }.unwrap_or(f64::INFINITY)
        };
        // Where the memory is not known, it decides nothing: such a size comes after those where it is.
        let memory = |size: &Size| size.memory.as_ref().map_or(u64::MAX, |memory| memory.highest_bytes);
        let choice = fit
            .iter()
            .min_by(|(_, one), (_, two)| {
                price(one).total_cmp(&price(two)).then_with(|| memory(one).cmp(&memory(two)))
            })
            .map(|(index, _)| *index);
        let least_per_vcpu = sizes
            .iter()
            .enumerate()
            .filter(|(_, size)| matches!(size.measured, Measured::Between { .. }))
            .filter_map(|(index, size)| Some((index, size.per_vcpu()?)))
            .min_by(|(_, one), (_, two)| one.total_cmp(two))
            .map(|(index, _)| index);
        Advice { wanted, headroom, choice, least_per_vcpu }
    }
}
