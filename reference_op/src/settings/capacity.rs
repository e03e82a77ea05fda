//! How much a provider gets done, where that is to be bounded.

use serde::Deserialize;

use super::Problem;

/// Highest rate, per second.
const MAX_RATE: f64 = 1_000_000.0;
/// Longest service time in milliseconds: one minute.
const MAX_SERVICE_TIME_MS: f64 = 60_000.0;
/// Most workers of one line.
const MAX_WORKERS: f64 = 100_000.0;
/// Longest queue.
const MAX_QUEUE: usize = 1_000_000;

/// A bound on what the provider gets done: a queue in front of workers, by which benchmarks prove that they find a limit that
/// is known. Seeded service times lie evenly between half and one and a half of their mean.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CapacitySettings {
    /// Authentication requests and token requests together that can be answered in a second; unbounded when absent.
    pub requests_per_s: Option<f64>,
    /// Pings that can be sent in a second; unbounded when absent.
    pub pings_per_s: Option<f64>,
    /// How long a worker takes over a request or a ping in the mean, in milliseconds. There are as many workers as it takes,
    /// rounded up, and they take as much longer as makes up for the rounding.
    pub service_time_ms: f64,
    /// Requests, and pings, that may wait for a worker. One more is answered 503 with Retry-After; one more ping is given up.
    pub queue: usize,
    /// Of the service times.
    pub seed: u64,
}

impl Default for CapacitySettings {
    /// No bound on anything.
    fn default() -> Self {
        CapacitySettings {
            requests_per_s: None,
            pings_per_s: None,
            service_time_ms: 5.0,
            queue: 1_000,
            seed: 1,
        }
    }
}

impl CapacitySettings {
    /// Workers for a rate, and the mean of their service times in seconds.
    pub(crate) fn workers(&self, per_s: f64) -> (usize, f64) {
        let workers = (per_s * self.service_time_ms / 1_000.0).ceil().clamp(1.0, MAX_WORKERS);
        // Bounded above, and at least one.
        (workers as usize, workers / per_s)
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut judge = |field: &str, value: f64, most: f64| {
            if !(value > 0.0 && value <= most) {
                let (field, expected) =
                    (format!("capacity.{field}"), format!("expected more than 0, at most {most}"));
                problems.push(Problem { field, value: value.to_string(), expected });
            }
        };
        let rates = [("requests_per_s", self.requests_per_s), ("pings_per_s", self.pings_per_s)];
        for (field, rate) in rates {
            if let Some(rate) = rate {
                judge(field, rate, MAX_RATE);
            }
        }
        judge("service_time_ms", self.service_time_ms, MAX_SERVICE_TIME_MS);
        let fastest = rates.iter().filter_map(|(_, rate)| *rate).fold(0.0, f64::max);
        if fastest * self.service_time_ms / 1_000.0 > MAX_WORKERS {
            problems.push(Problem {
                field: "capacity.service_time_ms".to_owned(),
                value: self.service_time_ms.to_string(),
                expected: format!(
                    "{fastest} per second would need more than {MAX_WORKERS} workers; lower one of them"
                ),
            });
        }
        if self.queue > MAX_QUEUE {
            problems.push(Problem {
                field: "capacity.queue".to_owned(),
                value: self.queue.to_string(),
                expected: format!("expected at most {MAX_QUEUE}"),
            });
        }
        problems
    }
}
