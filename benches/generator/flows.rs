use crate::Failed;
use crate::trial::{Plan, Trial, percentiles};
use ciba_bench::record::Span;
use std::time::Duration;

/// Flows that begin per second, rung by rung.
const RUNGS: [u32; 5] = [500, 1_000, 1_500, 2_000, 2_500];
/// Flows that must be completed per second in a valid run.
const BOUND: f64 = 2_000.0;
const SETTLE: Duration = Duration::from_secs(3);
const WATCHED: Duration = Duration::from_secs(6);
const THREADS: usize = 2;

/// Raises the rate of flows whose users approve at once, so that their first poll, a second later, has their tokens, until a run
/// is invalid, and prints each rung. With a rate that one alone.
pub fn climb(rate: Option<u32>) -> Result<(), Failed> {
    println!(
        "poll flows, approved at once, tokens by the first poll a second later; all parts on {THREADS} cores"
    );
    let rungs = rate.map_or(RUNGS.to_vec(), |rate| vec![rate]);
    let mut best = 0.0_f64;
    for rate in rungs {
        let trial = Trial::make(
            Plan { profile: profile(rate), interval: 1, op_core: None, settle: SETTLE, watched: WATCHED },
            THREADS,
        )?;
        let watched = &trial.watched;
        let completed = watched.rate(watched.tokens);
        let steady = trial.stage("steady")?;
        println!(
            "{rate:>5}/s: {completed:.0} completed/s with {:.2} polls each; cores: generator {:.2}, OP {:.2}",
            watched.polls as f64 / watched.tokens.max(1) as f64,
            watched.cores(watched.own),
            watched.cores(watched.op)
        );
        println!("         start_lag {}", percentiles(steady, Span::StartLag));
        println!("         flow {}", percentiles(steady, Span::Flow));
        println!("         {:?}; {}", trial.result.load.counts.flows, trial.verdict());
        if !trial.invalid.is_empty() {
            break;
        }
        best = best.max(completed);
    }
    let verdict = if best >= BOUND { "kept" } else { "MISSED" };
    println!("highest valid rate seen: {best:.0} completed flows/s; bound: >= {BOUND:.0}: {verdict}");
    Ok(())
}

fn profile(rate: u32) -> String {
    let length = (SETTLE + WATCHED).as_secs() + 2;
    format!(
        r#"
        drain = "10s"
        workload.max_in_flight = 20_000
        workload.stages = [{{ name = "steady", duration = "{length}s", rate = {rate} }}]
        mix = {{ poll = 1 }}
        users.count = 20_000
        decisions.delay.constant = "0s"
        "#
    )
}
