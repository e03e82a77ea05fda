//! Bounds on what a served OP gets done.

use std::time::Duration;

use reference_op::{CapacitySettings, Settings};

use crate::cli::quantities;

/// Longest service time.
const SERVICE_TIME_MAX: Duration = Duration::from_secs(60);
/// Shortest service time.
const SERVICE_TIME_MIN: Duration = Duration::from_micros(1);
/// Longest queue.
const QUEUE_MAX: i64 = 1_000_000;

/// Arguments about an OP whose limit is known, for benchmarks of what searches for it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Capacity")]
pub struct Capacity {
    /// Answer at most so many authentication and token requests together in a second: they queue for workers whose number is this
    /// rate times the service time, rounded up; default: no bound
    #[arg(long, value_name = "RATE", value_parser = quantities::rate)]
    capacity: Option<f64>,
    /// Send at most so many pings in a second, from a queue of their own; default: no bound
    #[arg(long, value_name = "RATE", value_parser = quantities::rate)]
    ping_capacity: Option<f64>,
    /// Time that a worker takes in the mean; seeded, evenly between half and one and a half of it
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = service_time)]
    service_time: Duration,
    /// How many requests, and how many pings, may wait; one more is answered 503 with Retry-After, one more ping is given up
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=QUEUE_MAX))]
    queue: u32,
}

impl Capacity {
    /// The settings with these bounds, where there are any.
    pub fn bound(&self, settings: Settings) -> Settings {
        if self.capacity.is_none() && self.ping_capacity.is_none() {
            return settings;
        }
        let capacity = CapacitySettings {
            requests_per_s: self.capacity,
            pings_per_s: self.ping_capacity,
            service_time_ms: self.service_time.as_secs_f64() * 1e3,
            queue: self.queue as usize,
            ..CapacitySettings::default()
        };
        Settings { capacity: Some(capacity), ..settings }
    }
}

/// Bounds for people.
pub fn in_words(capacity: &CapacitySettings) -> String {
    let of = |rate: Option<f64>, what: &str| rate.map(|rate| format!("{rate} {what} a second"));
    let bounds = [of(capacity.requests_per_s, "requests"), of(capacity.pings_per_s, "pings")];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    format!(
        "{}, {} ms each in the mean, up to {} waiting",
        bounds.join(", "),
        capacity.service_time_ms,
        capacity.queue
    )
}

fn service_time(text: &str) -> Result<Duration, String> {
    quantities::time(text, SERVICE_TIME_MIN, SERVICE_TIME_MAX)
}
