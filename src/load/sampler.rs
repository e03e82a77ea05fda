use crate::ciba::Named;
use crate::record::{Counts, Event, HISTOGRAM_MAX_US, Span, new_histogram};
use hdrhistogram::Histogram;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What happened in one interval, or a part of it: counters and one histogram per span.
pub struct Shard {
    /// Counters.
    pub counts: Counts,
    spans: Vec<Histogram<u32>>,
}

impl Default for Shard {
    fn default() -> Self {
        Shard { counts: Counts::default(), spans: Span::ALL.iter().map(|_| new_histogram()).collect() }
    }
}

impl Shard {
    /// Records one sample. No allocation: the histogram has its full size from the start.
    pub fn span(&mut self, span: Span, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if us > HISTOGRAM_MAX_US {
            self.counts.events.count(Event::SampleClamped);
        }
        self.spans[span.index()].saturating_record(us.clamp(1, HISTOGRAM_MAX_US));
    }

    /// The distribution of one span.
    pub fn histogram(&self, span: Span) -> &Histogram<u32> {
        &self.spans[span.index()]
    }

    /// The distributions of all spans, in the order of [`Named::ALL`].
    pub fn histograms(&self) -> &[Histogram<u32>] {
        &self.spans
    }

    /// Adds everything of another shard.
    pub fn merge(&mut self, other: &Shard) {
        self.counts.merge(&other.counts);
        for (mine, theirs) in self.spans.iter_mut().zip(&other.spans) {
            if !theirs.is_empty() {
                // Both have the one shape of this tool, so nothing can be out of range.
                let _ = mine.add(theirs);
            }
        }
    }

    /// Empties the shard and keeps its memory.
    pub fn clear(&mut self) {
        self.counts.clear();
        for histogram in &mut self.spans {
            if !histogram.is_empty() {
                histogram.reset();
            }
        }
    }
}

/// Takes samples from many threads. Each thread has a shard of its own as long as there are enough; a shard holds only the
/// current interval, since a full set of histograms is about two megabytes.
pub struct Sampler {
    shards: Vec<Mutex<Box<Shard>>>,
}

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<usize> = Cell::new(NEXT_THREAD.fetch_add(1, Ordering::Relaxed));
}

impl Sampler {
    /// A sampler for about so many threads.
    pub fn new(threads: usize) -> Self {
        Sampler { shards: (0..threads.max(1)).map(|_| Mutex::default()).collect() }
    }

    /// Records into this thread's shard. The lock is held by nobody else but for a moment once per interval.
    pub fn record<T>(&self, record: impl FnOnce(&mut Shard) -> T) -> T {
        let index = THREAD.with(Cell::get) % self.shards.len();
        record(&mut self.shards[index].lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Moves everything recorded since the last call into `into`. `spare` is an empty shard that is exchanged for each
    /// one in turn, so that no thread ever waits for histograms to be added up; it is empty again afterwards.
    pub fn collect(&self, into: &mut Shard, spare: &mut Box<Shard>) {
        for shard in &self.shards {
            std::mem::swap(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner), spare);
            into.merge(spare);
            spare.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Answered;
    use crate::record::Endpoint;

    #[test]
    fn what_threads_record_is_collected_once_and_completely() {
        let sampler = Sampler::new(3);
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let sampler = &sampler;
                scope.spawn(move || {
                    for n in 0..1000 {
                        sampler.record(|shard| {
                            shard.span(Span::Ack, Duration::from_micros(100 + n + thread));
                            shard.counts.answers_mut(Endpoint::Token).count(Answered::Tokens);
                        });
                    }
                });
            }
        });
        let (mut first, mut second, mut spare) = (Shard::default(), Shard::default(), Box::default());
        sampler.collect(&mut first, &mut spare);
        sampler.collect(&mut second, &mut spare);
        assert_eq!(
            (first.histogram(Span::Ack).len(), first.counts.token.get(Answered::Tokens)),
            (8000, 8000)
        );
        assert_eq!((second.histogram(Span::Ack).len(), second.counts), (0, Counts::default()));
    }

    #[test]
    fn a_sample_beyond_an_hour_is_clamped_and_counted() {
        let mut shard = Shard::default();
        shard.span(Span::Flow, Duration::from_secs(7200));
        shard.span(Span::Flow, Duration::ZERO);
        assert_eq!(shard.histogram(Span::Flow).len(), 2);
        assert_eq!(shard.counts.events.get(Event::SampleClamped), 1);
    }
}
