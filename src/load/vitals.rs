use super::health;
use super::heartbeat::{Heart, Heartbeats};
use crate::record::GeneratorHealth;
use std::time::Duration;

/// What the generator's own health is told from: read once per interval.
#[derive(Debug)]
pub(super) struct Vitals {
    cpu_before: Duration,
    waited_before: Duration,
    rss_start_mib: u64,
    descriptors_peak: u64,
    in_flight_peak: u64,
}

impl Vitals {
    /// Before the first flow is due.
    pub fn begin() -> Self {
        Vitals {
            cpu_before: health::cpu_time(),
            waited_before: health::waited(),
            rss_start_mib: health::rss_mib().0,
            descriptors_peak: 0,
            in_flight_peak: 0,
        }
    }

    /// How the generator has done so far, `elapsed` after the first flow was due.
    pub fn read(&mut self, elapsed: Duration, in_flight: u64, hearts: &Heartbeats) -> GeneratorHealth {
        self.descriptors_peak = self.descriptors_peak.max(health::descriptors());
        self.in_flight_peak = self.in_flight_peak.max(in_flight);
        let cpu_s = health::cpu_time().saturating_sub(self.cpu_before).as_secs_f64();
        GeneratorHealth {
            cpu_s,
            cpu_share: cpu_s / (elapsed.as_secs_f64() * health::cores() as f64).max(1e-9),
            waited_s: health::waited().saturating_sub(self.waited_before).as_secs_f64(),
            rss_start_mib: self.rss_start_mib,
            rss_peak_mib: health::rss_mib().1,
            descriptors_peak: self.descriptors_peak,
            stalls: hearts.stalls(Heart::Process),
            engine_stalls: hearts.stalls(Heart::Engines),
            instrument_stalls: hearts.stalls(Heart::Instruments),
            // What the relying parties know is added when the run is over.
            assertions: 0,
            assertions_late: 0,
            in_flight_peak: self.in_flight_peak,
            invalid: Vec::new(),
        }
    }
}
