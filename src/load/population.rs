use crate::ciba::DeliveryMode;
use crate::profile::{HotUsers, Mix, Names};
use std::sync::Arc;

/// The step, among those of a flow, whose random share says whether its user is a hot one; no flow has so many.
const HOT_STEP: u32 = 0xfffe;

/// Who takes part in the n-th flow: a pure function of its number and the seed, so that two runs of a profile send the
/// same sequence, whatever the concurrency.
#[derive(Debug, Clone)]
pub struct Population {
    mix: Mix,
    names: Names,
    hot: Option<HotUsers>,
    seed: u64,
    /// `n * step + offset` visits every user once before it visits one again.
    step: u64,
    offset: u64,
    /// Relying parties by delivery mode: indices.
    poll: Vec<usize>,
    ping: Vec<usize>,
    push: Vec<usize>,
}

impl Population {
    /// `parties` are the delivery modes of the relying parties, in their order.
    pub fn new(seed: u64, mix: Mix, names: Names, hot: Option<HotUsers>, parties: &[DeliveryMode]) -> Self {
        let count = names.count().max(1);
        let of = |mode| {
            parties.iter().enumerate().filter(|(_, party)| **party == mode).map(|(index, _)| index).collect()
        };
        Population {
            mix,
            step: coprime(mixed(seed) % count, count),
            offset: mixed(seed ^ 0x5eed) % count,
            names,
            hot,
            seed,
            poll: of(DeliveryMode::Poll),
            ping: of(DeliveryMode::Ping),
            push: of(DeliveryMode::Push),
        }
    }

    /// The relying party that runs the flow: an index into those given to [`Population::new`].
    pub fn party(&self, flow: u64) -> usize {
        let parties = match self.mix.mode_of(flow) {
            DeliveryMode::Poll => &self.poll,
            DeliveryMode::Ping => &self.ping,
            DeliveryMode::Push => &self.push,
        };
        parties.get((mixed(flow) % parties.len().max(1) as u64) as usize).copied().unwrap_or(0)
    }

    /// The user who is asked.
    pub fn user(&self, flow: u64) -> Arc<str> {
        if let Some(hot) = self.hot
            && f64::from(Self::jitter(self.seed, flow, HOT_STEP)) < hot.share
        {
            return self.names.name(mixed(flow ^ self.seed) % hot.users);
        }
        let count = u128::from(self.names.count().max(1));
        let index = (u128::from(flow) * u128::from(self.step) + u128::from(self.offset)) % count;
        self.names.name(index as u64)
    }

    /// A share between 0 and 1 that belongs to a step of a flow, for jitter.
    pub fn jitter(seed: u64, flow: u64, step: u32) -> f32 {
        let bits = mixed(seed ^ mixed(flow ^ (u64::from(step) << 48)));
        (bits >> 40) as f32 / (1u32 << 24) as f32
    }
}

/// SplitMix64's finaliser: spreads neighbouring numbers over all 64 bits.
pub(super) fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The first number from `start` on that has no factor in common with `count`.
fn coprime(start: u64, count: u64) -> u64 {
    (start.max(1)..).find(|step| gcd(*step, count) == 1).unwrap_or(1)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn population(seed: u64, count: u64, parties: &[DeliveryMode]) -> Population {
        let names = Names::Numbered { prefix: "user-".to_owned(), count };
        Population::new(seed, Mix { poll: 1, ping: 1, push: 0 }, names, None, parties)
    }

    const FOUR: [DeliveryMode; 4] =
        [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Poll, DeliveryMode::Ping];

    #[test]
    fn a_flow_goes_to_a_party_of_its_mode_and_all_parties_get_their_share() {
        let population = population(1, 100, &FOUR);
        let mut flows = [0; 4];
        for flow in 0..4000 {
            let party = population.party(flow);
            assert_eq!(FOUR[party], Mix { poll: 1, ping: 1, push: 0 }.mode_of(flow));
            flows[party] += 1;
        }
        assert!(flows.iter().all(|n| (900..=1100).contains(n)), "{flows:?}");
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let users = |seed| (0..50).map(|flow| population(seed, 1000, &FOUR).user(flow)).collect::<Vec<_>>();
        assert_eq!(users(7), users(7));
        assert_ne!(users(7), users(8));
    }

    #[test]
    fn hot_users_get_their_share_and_the_others_take_turns() {
        let names = Names::Numbered { prefix: "u".to_owned(), count: 1_000 };
        let hot = Some(HotUsers { share: 0.4, users: 5 });
        let population = Population::new(1, Mix { poll: 1, ping: 0, push: 0 }, names, hot, &FOUR);
        let mut flows = std::collections::HashMap::<_, u32>::new();
        (0..10_000).for_each(|flow| *flows.entry(population.user(flow)).or_default() += 1);
        let of_hot: Vec<u32> = (0..5).map(|user| flows[format!("u{user}").as_str()]).collect();
        assert!(of_hot.iter().all(|n| (700..900).contains(n)), "{of_hot:?}");
        let most =
            flows.iter().filter(|(user, _)| user[1..].parse::<u32>().unwrap() >= 5).map(|(_, n)| *n).max();
        assert!(most.unwrap() <= 10, "{most:?}");
    }

    proptest! {
        #[test]
        fn nobody_is_asked_twice_before_everybody_was_asked_once(seed in any::<u64>(), count in 1u64..500, from in 0u64..1_000_000) {
            let population = population(seed, count, &FOUR);
            let users: HashSet<_> = (from..from + count).map(|flow| population.user(flow)).collect();
            prop_assert_eq!(users.len() as u64, count);
        }
    }
}
