use super::health;
use super::measurement::Measurement;
use super::progress::{Progress, SPAN_BOUNDS_US, SpanProgress};
use super::sampler::Shard;
use crate::analysis::{Assumed, InFlightCurve};
use crate::ciba::Named as _;
use crate::profile::Profile;
use crate::record::{
    Arrivals, GeneratorHealth, HISTOGRAM_MAX_US, PollingSeen, Span, new_histogram, samples_needed,
};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Percentiles of a span that has few samples are told so often.
const WINDOW_MAX: Duration = Duration::from_secs(10);

/// So often what is foreseen follows what the server says of its interval and of the life of its requests.
const FORESEEN_MAX: u32 = 8;

/// What a run tells of itself while it goes on, kept up to date once per interval.
pub(super) struct Live {
    profile: Profile,
    progress: Progress,
    windows: Vec<Window>,
    /// What was foreseen, of which server, and how often.
    foreseen: Option<(Assumed, InFlightCurve)>,
    times_foreseen: u32,
}

/// What there is to be told of one interval.
pub(super) struct Interval<'a> {
    pub now: Duration,
    pub length: Duration,
    pub stage: &'a str,
    pub asked: f64,
    pub in_flight: u64,
    pub shard: &'a Shard,
    pub generator: &'a GeneratorHealth,
}

/// Samples of a span that no percentile was told of yet.
struct Window {
    samples: Histogram<u32>,
    since: Duration,
}

impl Live {
    pub fn new(profile: &Profile, arrivals: Arrivals) -> Self {
        let window = |_| Window { samples: new_histogram(), since: Duration::ZERO };
        Live {
            profile: profile.clone(),
            progress: Progress {
                arrivals,
                length: profile.workload.length(),
                spans: vec![SpanProgress::default(); Span::ALL.len()],
                ..Progress::default()
            },
            windows: Span::ALL.iter().map(window).collect(),
            foreseen: None,
            times_foreseen: 0,
        }
    }

    /// Tells of an interval whoever listens.
    pub fn tell(&mut self, interval: &Interval<'_>, measurement: &Measurement) {
        let Interval { now, length, stage, asked, in_flight, shard, generator } = *interval;
        self.read_spans(now, shard);
        let progress = &mut self.progress;
        let cores_s = length.as_secs_f64() * health::cores() as f64;
        progress.cpu_share = (generator.cpu_s - progress.generator.cpu_s).max(0.0) / cores_s.max(1e-9);
        progress.generator.clone_from(generator);
        progress.elapsed = now;
        progress.interval = length;
        stage.clone_into(&mut progress.stage);
        progress.asked = asked;
        progress.in_flight = in_flight;
        progress.counts.merge(&shard.counts);
        progress.last.clone_from(&shard.counts);
        (progress.breaches, progress.last_breaches) = measurement.breaches.so_far();
        if measurement.progress.receiver_count() > 0 {
            self.foresee(&measurement.polling_seen());
        }
        let foreseen = self.foreseen.as_ref().and_then(|(_, curve)| curve.at(now));
        self.progress.expected_in_flight = foreseen;
        measurement.progress.send_replace(self.progress.clone());
    }

    fn read_spans(&mut self, now: Duration, shard: &Shard) {
        let spans = self.progress.spans.iter_mut().zip(&mut self.windows);
        for ((span, window), samples) in spans.zip(shard.histograms()) {
            if !samples.is_empty() {
                classify(span, samples);
                // Both have the one shape of this tool, so nothing can be out of range.
                let _ = window.samples.add(samples);
            }
            window.read(now, span);
        }
    }

    /// Foresees the flows under way, again where the server's interval is another than was taken for granted.
    fn foresee(&mut self, seen: &PollingSeen) {
        let usual = Assumed::default();
        let assumed = Assumed {
            interval: most(&seen.intervals).unwrap_or(usual.interval),
            life: most(&seen.lifetimes).unwrap_or(usual.life),
            ..usual
        };
        let known = self.foreseen.as_ref().is_some_and(|(before, _)| *before == assumed);
        if !known && self.times_foreseen < FORESEEN_MAX {
            self.times_foreseen += 1;
            self.foreseen = Some((assumed, InFlightCurve::of(&self.profile, &assumed)));
        }
    }
}

impl Window {
    /// Tells the percentiles where there are samples enough, or time enough has passed.
    fn read(&mut self, now: Duration, span: &mut SpanProgress) {
        let samples = &mut self.samples;
        let percentile = |p: f64| (samples.len() >= samples_needed(p)).then(|| samples.value_at_quantile(p));
        if samples.len() < samples_needed(0.99) && now < self.since + WINDOW_MAX {
            // Better than nothing, until there is more.
            span.p50_us = span.p50_us.or_else(|| percentile(0.5));
            return;
        }
        (span.p50_us, span.p90_us, span.p99_us) = (percentile(0.5), percentile(0.9), percentile(0.99));
        if !samples.is_empty() {
            samples.reset();
        }
        self.since = now;
    }
}

/// Counts samples in their classes. A sample is known to 0.1 %, and never counted as faster than it was.
fn classify(span: &mut SpanProgress, samples: &Histogram<u32>) {
    for cell in samples.iter_recorded() {
        let (us, n) = (cell.value_iterated_to().min(HISTOGRAM_MAX_US), u64::from(cell.count_at_value()));
        let class = SPAN_BOUNDS_US.partition_point(|bound| *bound < us);
        span.classes[class] += n;
        span.count += n;
        span.sum_us += samples.median_equivalent(us).min(HISTOGRAM_MAX_US) * n;
    }
}

/// The value that was seen most often, in whole seconds.
fn most(seen: &BTreeMap<String, u64>) -> Option<Duration> {
    let (value, _) = seen.iter().max_by_key(|(_, times)| **times)?;
    value.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn samples(us: &[u64]) -> Histogram<u32> {
        let mut samples = new_histogram();
        for us in us {
            samples.record(*us).unwrap();
        }
        samples
    }

    #[test]
    fn samples_are_counted_in_their_classes() {
        let mut span = SpanProgress::default();
        classify(&mut span, &samples(&[1, 500, 501, 1_000, 70_000, 299_000_000, HISTOGRAM_MAX_US]));
        classify(&mut span, &samples(&[2]));
        assert_eq!(span.count, 8);
        assert_eq!(span.classes.iter().sum::<u64>(), 8);
        let filled: Vec<_> = span.classes.iter().enumerate().filter(|(_, n)| **n > 0).collect();
        assert_eq!(filled, [(0, &3), (1, &2), (7, &1), (17, &1), (18, &1)]);
        let exact = 1 + 500 + 501 + 1_000 + 70_000 + 299_000_000 + HISTOGRAM_MAX_US + 2;
        assert!(span.sum_us.abs_diff(exact) < exact / 1_000, "{} {exact}", span.sum_us);
    }

    #[test]
    fn percentiles_are_told_of_300_samples_or_of_ten_seconds() {
        let second = Duration::from_secs;
        let mut window = Window { samples: new_histogram(), since: Duration::ZERO };
        let mut span = SpanProgress::default();
        let mut after = |window: &mut Window, at: u64, n: usize, us: u64| {
            window.samples.add(samples(&vec![us; n])).unwrap();
            window.read(second(at), &mut span);
            (span.p50_us, span.p90_us, span.p99_us)
        };
        assert_eq!(after(&mut window, 1, 5, 10), (None, None, None));
        // The first few give a median, which stands until there are enough for all.
        assert_eq!(after(&mut window, 2, 1, 10), (Some(10), None, None));
        assert_eq!(after(&mut window, 3, 293, 20), (Some(10), None, None));
        assert_eq!(after(&mut window, 4, 1, 20), (Some(20), Some(20), Some(20)));
        assert_eq!(after(&mut window, 5, 30, 30), (Some(20), Some(20), Some(20)));
        assert_eq!(after(&mut window, 13, 0, 1), (Some(20), Some(20), Some(20)));
        assert_eq!(after(&mut window, 14, 0, 1), (Some(30), Some(30), None));
        // Ten seconds in which nothing came are shown as such.
        assert_eq!(after(&mut window, 24, 0, 1), (None, None, None));
    }

    #[test]
    fn what_is_foreseen_follows_the_server_and_not_for_ever() {
        let profile = Profile::parse(
            "t",
            "t.toml",
            "decisions.delay.constant = \"1s\"\n[[workload.stages]]\nduration = \"60s\"\nrate = 10\n",
        )
        .unwrap();
        let mut live = Live::new(&profile, Arrivals::Open);
        let seen = |interval: u64| PollingSeen {
            intervals: BTreeMap::from([(interval.to_string(), 3), ("9".to_owned(), 1)]),
            ..PollingSeen::default()
        };
        let at_30 = |live: &Live| live.foreseen.as_ref().unwrap().1.at(Duration::from_secs(30)).unwrap();
        for (interval, in_flight) in [(5, 50.5), (2, 20.5)] {
            live.foresee(&seen(interval));
            assert!((at_30(&live) - in_flight).abs() < 0.1, "{interval}: {}", at_30(&live));
        }
        for interval in 10..30 {
            live.foresee(&seen(interval));
        }
        assert_eq!(live.times_foreseen, FORESEEN_MAX);
    }
}
