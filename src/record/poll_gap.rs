use crate::ciba::named;
use std::time::Duration;

named! {
    /// How long after the previous answer of its flow a poll was sent, as a share of the interval in force. A client that keeps
    /// to the interval (CIBA Core 1.0, 7.3) has 1 or more.
    pub enum PollGap {
        /// Less than a quarter.
        Quarter => "0-0.25",
        /// Less than half.
        Half => "0.25-0.5",
        /// Less than three quarters.
        ThreeQuarters => "0.5-0.75",
        /// Less than nine tenths.
        NineTenths => "0.75-0.9",
        /// Less than the interval.
        Early => "0.9-1",
        /// The interval, and what a guard against a fast clock adds.
        OnTime => "1-1.02",
        /// Up to a tenth too late.
        Tenth => "1.02-1.1",
        /// Up to half too late.
        OneAndAHalf => "1.1-1.5",
        /// Later.
        Later => "1.5-",
    }
}

impl PollGap {
    /// The class of a poll that was sent `gap` after the previous answer while `interval` was in force.
    pub fn of(gap: Duration, interval: Duration) -> Self {
        // In whole numbers, so that a gap of exactly one interval is never taken for a shorter one.
        let (gap, interval) = (gap.as_nanos() * 100, interval.as_nanos().max(1));
        match gap / interval {
            0..25 => PollGap::Quarter,
            25..50 => PollGap::Half,
            50..75 => PollGap::ThreeQuarters,
            75..90 => PollGap::NineTenths,
            90..100 => PollGap::Early,
            100..102 => PollGap::OnTime,
            102..110 => PollGap::Tenth,
            110..150 => PollGap::OneAndAHalf,
            _ => PollGap::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_classed_by_its_share_of_the_interval() {
        for (gap_ms, class) in [
            (0, PollGap::Quarter),
            (1_250, PollGap::Half),
            (2_500, PollGap::ThreeQuarters),
            (3_750, PollGap::NineTenths),
            (4_500, PollGap::Early),
            (4_999, PollGap::Early),
            (5_000, PollGap::OnTime),
            (5_050, PollGap::OnTime),
            (5_100, PollGap::Tenth),
            (5_500, PollGap::OneAndAHalf),
            (7_500, PollGap::Later),
            (3_600_000, PollGap::Later),
        ] {
            let found = PollGap::of(Duration::from_millis(gap_ms), Duration::from_secs(5));
            assert_eq!(found, class, "{gap_ms} ms");
        }
        assert_eq!(PollGap::of(Duration::from_millis(1), Duration::ZERO), PollGap::Later);
    }
}
