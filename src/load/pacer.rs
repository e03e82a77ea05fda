use super::inlet::{Arrival, Inlet};
use super::measurement::Measurement;
use super::population::Population;
use super::schedule::Schedule;
use super::stop::Phase;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest sleep before the pacer looks whether the run was stopped.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A virtual user of the closed model that found no place tries again after this time at the earliest.
const RETRY: Duration = Duration::from_millis(100);

/// Hands flows to relying parties when they are due. Runs on an OS thread of its own: a runtime's timer would add about a
/// millisecond to every start.
pub(super) struct Pacer {
    pub measurement: Arc<Measurement>,
    pub population: Population,
    pub inlets: Vec<Arc<Inlet>>,
    pub schedule: Schedule,
    pub max_in_flight: u64,
}

impl Pacer {
    /// Flows begin at the schedule's times, whatever the server does.
    pub fn pace_open(&self, begun: Instant) {
        for arrival in self.arrivals(begun) {
            if !self.sleep_until(arrival.intended) {
                return;
            }
            self.hand_over(arrival);
        }
        self.sleep_until(begun + self.schedule.end());
    }

    /// As [`Pacer::pace_open`], by the runtime's timers: for runs in virtual time.
    pub async fn pace_virtually(&self, begun: Instant) {
        for arrival in self.arrivals(begun) {
            tokio::time::sleep_until(arrival.intended).await;
            if self.is_leaving() {
                return;
            }
            self.hand_over(arrival);
        }
        tokio::time::sleep_until(begun + self.schedule.end()).await;
    }

    fn arrivals(&self, begun: Instant) -> impl Iterator<Item = Arrival> + '_ {
        (0..).map_while(move |flow| Some(Arrival { flow, intended: begun + self.schedule.start_of(flow)? }))
    }

    /// As many flows are under way as the schedule says; the next one of a user begins `think_time` after the last.
    pub fn pace_closed(&self, begun: Instant, think_time: Duration, ended: &Receiver<()>) {
        let end = begun + self.schedule.end();
        let mut flow = 0;
        let mut users = 0_u64;
        let mut thinking = BinaryHeap::new();
        loop {
            let now = self.measurement.clock.now();
            if now >= end || self.is_leaving() {
                return;
            }
            let wanted = self.schedule.load_at(now.saturating_duration_since(begun)).round() as u64;
            while users < wanted {
                users += 1;
                thinking.push(Reverse(now));
            }
            while thinking.peek().is_some_and(|Reverse(at)| *at <= now) {
                let Some(Reverse(intended)) = thinking.pop() else { break };
                if users > wanted {
                    users -= 1;
                    continue;
                }
                let began = self.hand_over(Arrival { flow, intended });
                flow += 1;
                if !began {
                    thinking.push(Reverse(now + think_time.max(RETRY)));
                }
            }
            let wake = thinking.peek().map_or(end, |Reverse(at)| *at).min(now + LOOK_UP);
            match ended.recv_timeout(wake.saturating_duration_since(now)) {
                Ok(()) => thinking.push(Reverse(self.measurement.clock.now() + think_time)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Gives a flow to its relying party, or counts it as dropped.
    fn hand_over(&self, arrival: Arrival) -> bool {
        let room =
            self.measurement.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, |in_flight| {
                (in_flight < self.max_in_flight).then_some(in_flight + 1)
            });
        let began = room.is_ok() && {
            let offered = self.inlets[self.population.party(arrival.flow)].offer(arrival);
            if !offered {
                self.measurement.in_flight.fetch_sub(1, Ordering::AcqRel);
            }
            offered
        };
        self.measurement.sampler.record(|shard| {
            shard.counts.flows.scheduled += 1;
            if !began {
                shard.counts.flows.dropped += 1;
            }
        });
        began
    }

    /// False when the run was stopped first.
    fn sleep_until(&self, at: Instant) -> bool {
        loop {
            if self.is_leaving() {
                return false;
            }
            let now = self.measurement.clock.now();
            if now >= at {
                return true;
            }
            std::thread::sleep((at - now).min(LOOK_UP));
        }
    }

    fn is_leaving(&self) -> bool {
        matches!(self.measurement.stop.phase(), Phase::Leaving { .. })
    }
}
