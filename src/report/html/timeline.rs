use crate::record::{
    Counts, HistogramError, HistogramReader, IntervalRecord, LoadRecord, Span, new_histogram,
};
use crate::report::RenderError;
use hdrhistogram::Histogram;

/// Most points of a plot over time; a stage's last one may be shorter, so that there can be a few more.
pub(super) const POINTS_MAX: usize = 600;

/// Fewest points that a plot of percentiles over time is made of, where the log has as many.
const LATENCY_POINTS_MIN: usize = 40;

/// Samples that a point of a plot of percentiles over time should have: enough for a p99, with some to spare.
const SAMPLES_PER_POINT: u64 = 400;

/// The log of a run in few enough parts to be drawn: intervals of one stage that follow one another are put together, their
/// counters added and their histograms merged, so that nothing is lost or averaged.
pub(super) struct Timeline<'r> {
    pub points: Vec<Point<'r>>,
    /// Intervals that one point was made of, at most.
    pub per_point: usize,
}

/// Intervals that are shown as one point.
pub(super) struct Point<'r> {
    intervals: &'r [IntervalRecord],
    pub counts: Counts,
}

impl<'r> Timeline<'r> {
    /// The log in at most `points_max` points, and one more per stage.
    pub(super) fn new(load: &'r LoadRecord, points_max: usize) -> Self {
        let per_point = load.intervals.len().div_ceil(points_max.max(1)).max(1);
        let stages = load.intervals.chunk_by(|one, next| one.stage == next.stage);
        let parts = stages.flat_map(|stage| stage.chunks(per_point));
        let points = parts.filter(|part| part.iter().any(|interval| interval.length_ms > 0)).map(Point::new);
        Timeline { points: points.collect(), per_point }
    }

    /// So coarse that a point has enough samples for its percentiles, where the run has them.
    pub(super) fn of_latencies(load: &'r LoadRecord, samples: u64) -> Self {
        let wanted = usize::try_from(samples / SAMPLES_PER_POINT).unwrap_or(POINTS_MAX);
        Timeline::new(load, wanted.clamp(LATENCY_POINTS_MIN, POINTS_MAX))
    }

    /// Middle, begin and end of each point, in seconds.
    pub(super) fn times(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let of = |time: fn(&Point<'r>) -> f64| self.points.iter().map(time).collect();
        (of(|point| f64::midpoint(point.begin_s(), point.end_s())), of(Point::begin_s), of(Point::end_s))
    }

    /// A figure of each point.
    pub(super) fn each(&self, figure: impl Fn(&Point<'r>) -> Option<f64>) -> Vec<Option<f64>> {
        self.points.iter().map(figure).collect()
    }

    /// What a point is, in words.
    pub(super) fn in_words(&self) -> String {
        let points = self.points.len();
        match self.per_point {
            1 => format!("{points} points, one per interval of the log"),
            many => format!("{points} points of up to {many} intervals of the log, added up exactly"),
        }
    }
}

impl<'r> Point<'r> {
    fn new(intervals: &'r [IntervalRecord]) -> Self {
        let mut counts = Counts::default();
        intervals.iter().for_each(|interval| counts.merge(&interval.counts));
        Point { intervals, counts }
    }

    pub(super) fn begin_s(&self) -> f64 {
        self.intervals.first().map_or(0.0, |first| first.start_ms as f64 / 1e3)
    }

    pub(super) fn end_s(&self) -> f64 {
        self.intervals.last().map_or(0.0, |last| (last.start_ms + last.length_ms) as f64 / 1e3)
    }

    /// Per second.
    pub(super) fn rate(&self, n: u64) -> Option<f64> {
        let length_ms: u64 = self.intervals.iter().map(|interval| interval.length_ms).sum();
        (length_ms > 0).then(|| n as f64 * 1e3 / length_ms as f64)
    }

    /// Fewest and most flows under way at the ends of its intervals.
    pub(super) fn in_flight(&self) -> (u64, u64) {
        let under_way = || self.intervals.iter().map(|interval| interval.in_flight);
        (under_way().min().unwrap_or(0), under_way().max().unwrap_or(0))
    }

    /// The index of its stage.
    pub(super) fn stage(&self) -> usize {
        self.intervals.first().map_or(0, |first| first.stage)
    }

    /// The samples of some spans, merged; nothing where there are none.
    pub(super) fn histogram(&self, spans: &[Span]) -> Result<Option<Histogram<u64>>, RenderError> {
        let mut merged: Option<Histogram<u64>> = None;
        let mut reader = HistogramReader::new();
        for interval in self.intervals {
            for span in spans {
                let Some(text) = interval.spans.get(span) else { continue };
                let sum = merged.get_or_insert_with(new_histogram);
                reader.add(text, sum).map_err(|source| unreadable(*span, source))?;
            }
        }
        Ok(merged)
    }
}

/// A histogram of the record that cannot be read.
pub(super) fn unreadable(span: Span, source: HistogramError) -> RenderError {
    RenderError::Histogram { span, source }
}
