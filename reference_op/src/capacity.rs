//! A bound on what the provider gets done: a queue in front of workers.
//!
//! When a request's turn ends is worked out when it comes, from the turns before it. So timers that fire late make single
//! answers late, but never the workers slower, and under paused time the model is exact.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::access_log::Endpoint;
use crate::error::OauthError;
use crate::provider::Provider;
use crate::settings::CapacitySettings;

/// When a client that found no place may come again.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The lines of a provider whose capacity is bounded.
#[derive(Default)]
pub(crate) struct Capacity {
    /// For authentication requests and token requests.
    requests: Option<Line>,
    /// For pings.
    pings: Option<Line>,
}

/// A queue in front of workers.
struct Line(Mutex<Turns>);

/// No place is left in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

struct Turns {
    /// When each worker is free again, the earliest on top.
    workers: BinaryHeap<Reverse<Instant>>,
    /// When each turn begins that has not begun, in order.
    waiting: VecDeque<Instant>,
    queue: usize,
    mean_s: f64,
    seed: u64,
    served: u64,
}

impl Capacity {
    pub(crate) fn new(settings: &CapacitySettings, now: Instant) -> Self {
        let line =
            |(kind, per_s): (u64, Option<f64>)| per_s.map(|per_s| Line::new(settings, per_s, kind, now));
        Capacity { requests: line((0, settings.requests_per_s)), pings: line((1, settings.pings_per_s)) }
    }

    /// Whether requests wait for workers at all.
    pub(crate) fn bounds_requests(&self) -> bool {
        self.requests.is_some()
    }

    /// Waits until a worker is done with a ping.
    pub(crate) async fn ping(&self, now: Instant) -> Result<(), Full> {
        match &self.pings {
            Some(line) => line.serve(now).await,
            None => Ok(()),
        }
    }
}

/// Answers a request when a worker is done with it, or says that there is no place.
pub(crate) async fn serve(
    State((provider, endpoint)): State<(Arc<Provider>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(line) = &provider.capacity.requests
        && line.serve(provider.clock.now()).await == Err(Full)
    {
        let error = OauthError::overloaded(FULL_RETRY_AFTER);
        provider.log.count(endpoint, error.code(), None);
        return error.into_response();
    }
    next.run(request).await
}

impl Line {
    fn new(settings: &CapacitySettings, per_s: f64, kind: u64, now: Instant) -> Self {
        let (workers, mean_s) = settings.workers(per_s);
        Line(Mutex::new(Turns {
            workers: std::iter::repeat_n(Reverse(now), workers).collect(),
            waiting: VecDeque::new(),
            queue: settings.queue,
            mean_s,
            seed: settings.seed.rotate_left(1) ^ kind,
            served: 0,
        }))
    }

    async fn serve(&self, now: Instant) -> Result<(), Full> {
        let done = self.0.lock().unwrap_or_else(PoisonError::into_inner).take(now)?;
        tokio::time::sleep_until(done).await;
        Ok(())
    }
}

impl Turns {
    /// When the turn of somebody who comes now is over.
    fn take(&mut self, now: Instant) -> Result<Instant, Full> {
        while self.waiting.front().is_some_and(|begins| *begins <= now) {
            self.waiting.pop_front();
        }
        let Some(mut worker) = self.workers.peek_mut() else { return Err(Full) };
        let begins = worker.0.max(now);
        if begins > now {
            if self.waiting.len() >= self.queue {
                return Err(Full);
            }
            self.waiting.push_back(begins);
        }
        let done = begins + service_time(self.seed, self.served, self.mean_s);
        *worker = Reverse(done);
        self.served += 1;
        Ok(done)
    }
}

/// The n-th service time: evenly between half and one and a half of the mean.
fn service_time(seed: u64, n: u64, mean_s: f64) -> Duration {
    // splitmix64, and of its output the 53 bits that a double holds.
    let mut bits =
        seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let share = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
    Duration::from_secs_f64(mean_s * (0.5 + share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(per_s: f64, queue: usize, now: Instant) -> Turns {
        let settings = CapacitySettings { requests_per_s: Some(per_s), queue, ..CapacitySettings::default() };
        Line::new(&settings, per_s, 0, now).0.into_inner().unwrap()
    }

    #[test]
    fn workers_make_up_for_rounding() {
        let settings = CapacitySettings::default();
        assert_eq!(settings.workers(300.0), (2, 2.0 / 300.0));
        assert_eq!(settings.workers(200.0), (1, 0.005));
        assert_eq!(settings.workers(10.0), (1, 0.1));
    }

    /// Whoever keeps the line full gets exactly what the settings say, whatever single turns take.
    #[tokio::test(start_paused = true)]
    async fn the_rate_is_the_settings() {
        for per_s in [7.0, 50.0, 300.0, 12_000.0] {
            let now = crate::clock::Clock::starting_at(std::time::UNIX_EPOCH).now();
            let mut turns = turns(per_s, usize::MAX, now);
            let n = 20_000;
            let last = (0..n).map(|_| turns.take(now).unwrap()).max().unwrap();
            let reached = f64::from(n) / last.duration_since(now).as_secs_f64();
            assert!((reached / per_s - 1.0).abs() < 0.01, "{per_s}: {reached}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_than_the_queue_holds_finds_no_place_until_a_turn_begins() {
        let now = crate::clock::Clock::starting_at(std::time::UNIX_EPOCH).now();
        let mut turns = turns(200.0, 3, now);
        let done: Vec<_> = (0..5).map(|_| turns.take(now)).collect();
        assert!(done[..4].iter().all(Result::is_ok) && done[4] == Err(Full), "{done:?}");
        let first = done[0].unwrap();
        assert!(turns.take(first - Duration::from_nanos(1)).is_err());
        assert!(turns.take(first).is_ok());
    }

    #[test]
    fn service_times_follow_from_the_seed() {
        let times = |seed| (0..1_000).map(|n| service_time(seed, n, 0.01)).collect::<Vec<_>>();
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
        let mean = times(1).iter().sum::<Duration>() / 1_000;
        assert!((9_700..10_300).contains(&mean.as_micros()), "{mean:?}");
        let bounds = Duration::from_millis(5)..Duration::from_millis(15);
        assert!(times(1).iter().all(|time| bounds.contains(time)));
    }
}
