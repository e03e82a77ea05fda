use crate::Failed;
use crate::scale::filled;
use crate::trial::{Plan, Trial, percentiles};
use ciba_bench::record::Span;
use std::time::Duration;

/// Polling interval of the OP, in seconds: as many polls a second as there are flows, but for the guard.
const INTERVAL: u64 = 1;
/// Flows of the rungs.
const RUNGS: [u32; 8] = [5_000, 10_000, 12_500, 15_000, 17_500, 20_000, 25_000, 30_000];
/// Flows that begin per second.
const RATE: u32 = 2_000;
const SETTLE_S: f64 = 2.0;
const WATCHED: Duration = Duration::from_secs(5);
const THREADS: usize = 2;
/// Share of the polls that flows could make, below which somebody could not keep up.
const REACHED_MIN: f64 = 0.90;

/// Raises the number of flows that poll about once a second, until a run is invalid, and prints each rung.
pub fn climb() -> Result<(), Failed> {
    println!(
        "flows that poll every {INTERVAL} s, 50 ms after the interval, OP and generator on {THREADS} cores"
    );
    let mut best = 0.0_f64;
    for flows in RUNGS {
        let fill = f64::from(flows) / f64::from(RATE);
        let plan = Plan {
            profile: filled(flows, &format!("rate = {RATE}"), fill, SETTLE_S + 60.0),
            interval: INTERVAL,
            op_core: None,
            settle: Duration::from_secs_f64(fill + SETTLE_S),
            watched: WATCHED,
        };
        let trial = Trial::make(plan, THREADS)?;
        let watched = &trial.watched;
        let rate = watched.rate(watched.polls);
        println!(
            "{flows:>6} flows: {rate:>6.0} polls/s; cores: generator {:.2}, OP {:.2}; poll_lateness {}; poll {}",
            watched.cores(watched.own),
            watched.cores(watched.op),
            percentiles(trial.stage("hold")?, Span::PollLateness),
            percentiles(trial.stage("hold")?, Span::Poll)
        );
        println!("        {}", trial.verdict());
        if !trial.invalid.is_empty() {
            println!("highest valid rate: {best:.0} polls/s; what broke first is in the line above");
            return Ok(());
        }
        best = best.max(rate);
        if rate < f64::from(flows) / 1.05 * REACHED_MIN {
            println!(
                "highest valid rate: {best:.0} polls/s; no bound broke: there was no processor left for more"
            );
            return Ok(());
        }
    }
    println!("highest valid rate: {best:.0} polls/s; no bound broke, and no rung is left");
    Ok(())
}
