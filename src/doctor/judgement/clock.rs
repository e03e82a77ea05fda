use crate::doctor::finding::Look;
use crate::jose::{CLOCK_SKEW, ISSUED_AT_AGE_MAX};
use std::time::Duration;

/// Up to here clocks differ that are kept by NTP, whole seconds in `Date` considered; in seconds.
const FINE: i64 = 2;

/// A `Date` header and when it was made by our clock. Times are since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Sample {
    /// `Date`, whole seconds.
    pub(in super::super) date: i64,
    /// When the request was sent.
    pub(in super::super) sent: Duration,
    /// When its answer was read.
    pub(in super::super) answered: Duration,
}

/// Whether the server's clock agrees with ours, by the `Date` headers of its answers (RFC 9110, 6.6.1).
pub(in super::super) fn clock(samples: &[Sample]) -> Look {
    let Some(ahead) = ahead(samples) else {
        return Look::not_examined("no answer carried a Date header of the server's own");
    };
    let (seconds, direction) = (ahead.abs(), if ahead > 0 { "ahead of" } else { "behind" });
    let (skew, age) = (seconds_of(CLOCK_SKEW), seconds_of(ISSUED_AT_AGE_MAX));
    let seen = match ahead {
        0 => "the server's clock agrees with ours to the second".to_owned(),
        _ => format!("the server's clock is {seconds} s {direction} ours"),
    };
    let remedy = "server's machine and this one: keep both clocks by NTP";
    if seconds <= FINE {
        return Look::sound(seen);
    }
    if ahead > skew {
        let charged =
            format!("{seen}: every ID token would be issued in the future (iat, {skew} s are tolerated)");
        return Look::failed(charged, remedy);
    }
    if -ahead > age {
        let charged = format!("{seen}: every ID token would be older than {age} s (iat), and expired (exp)");
        return Look::failed(charged, remedy);
    }
    if -ahead > skew {
        let charged =
            format!("{seen}: ID tokens that live shorter than that would be expired on arrival (exp)");
        return Look::doubtful(charged, remedy);
    }
    Look::doubtful(format!("{seen}; more than {skew} s would break iat and exp of ID tokens"), remedy)
}

/// How far the server's clock is ahead of ours, in whole seconds; negative when it is behind, 0 where the samples allow
/// that there is no difference. `None` without samples.
fn ahead(samples: &[Sample]) -> Option<i64> {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    // `Date` was made between the two, and drops what is left of its second.
    let bounds = samples.iter().map(|sample| {
        let date = sample.date.saturating_mul(1_000);
        (
            date.saturating_sub(millis(sample.answered)),
            date.saturating_add(1_000).saturating_sub(millis(sample.sent)),
        )
    });
    let (least, most) = bounds.reduce(|(a, b), (c, d)| (a.max(c), b.min(d)))?;
    // Samples that contradict each other come from several clocks; what lies between them is as good as any.
    if least <= 0 && most >= 0 {
        return Some(0);
    }
    // To the nearest second; at the edge of two, to the one that `Date` itself would show.
    Some((least.midpoint(most) as f64 / 1e3 - 0.5).ceil() as i64)
}

fn seconds_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::assert_looks;
    use super::*;
    use crate::doctor::finding::State;

    const NOW: i64 = 1_800_000_000;

    /// A request at `NOW` and so many ms that took so many ms.
    fn sample(date: i64, at: u64, took: u64) -> Sample {
        let sent = Duration::from_secs(NOW.unsigned_abs()) + Duration::from_millis(at);
        Sample { date: NOW + date, sent, answered: sent + Duration::from_millis(took) }
    }

    #[test]
    fn the_difference_is_what_cannot_be_explained_otherwise() {
        for (samples, expected) in [
            (vec![], None),
            (vec![sample(0, 0, 10)], Some(0)),
            (vec![sample(0, 990, 10)], Some(0)),
            (vec![sample(1, 990, 10)], Some(0)),
            (vec![sample(0, 0, 900)], Some(0)),
            (vec![sample(10, 0, 10)], Some(10)),
            (vec![sample(-10, 500, 10)], Some(-10)),
            (vec![sample(2, 0, 0)], Some(2)),
            (vec![sample(-2, 0, 0)], Some(-2)),
            // A slow answer may have been made at any time.
            (vec![sample(7, 0, 8_000)], Some(0)),
            // The second sample knows better.
            (vec![sample(7, 0, 8_000), sample(14, 8_100, 10)], Some(6)),
            (vec![sample(0, 0, 10), sample(100, 0, 10)], Some(50)),
        ] {
            assert_eq!(ahead(&samples), expected, "{samples:?}");
        }
    }

    #[test]
    fn a_difference_weighs_by_what_it_breaks() {
        let look = |date: i64| clock(&[sample(date, 500, 10)]);
        let remedy = "keep both clocks by NTP";
        assert_looks([
            (clock(&[]), State::NotExamined, "no answer carried a Date", ""),
            (look(0), State::Sound, "to the second", ""),
            (look(2), State::Sound, "2 s ahead of ours", ""),
            (look(4), State::Doubtful, "4 s ahead of ours; more than 5 s would break iat", remedy),
            (look(-4), State::Doubtful, "4 s behind ours", remedy),
            (look(90), State::Failed, "issued in the future (iat, 5 s", remedy),
            (look(-90), State::Doubtful, "expired on arrival (exp)", remedy),
            (look(-700), State::Failed, "older than 600 s (iat), and expired (exp)", remedy),
        ]);
    }
}
