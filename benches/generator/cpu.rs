use crate::bare_loop::{Pace, Polls};
use crate::rig::Rig;
use crate::{Failed, gauge};
use ciba_bench::record::Answered;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// Flows that poll, each about once a second.
pub const FLOWS: u32 = 5_000;
/// The core of the generator and of the bare loop.
const CORE: usize = 0;
/// The core of the OP.
const OP_CORE: usize = 1;
const ROUNDS: usize = 5;
/// How much of each half of a round is measured.
const WATCHED: Duration = Duration::from_secs(8);
/// Time in which the flows begin.
const FILL: Duration = Duration::from_secs(4);
/// From the last start to the first reading: every flow has polled by then, and connections are open.
const SETTLE: Duration = Duration::from_secs(3);
/// Requests at once of the loop that is not paced.
const AT_ONCE: usize = 16;
/// Ratio that must not be exceeded.
const BOUND: f64 = 1.2;

/// What was used and done between two readings.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Processor time per poll, in µs.
    pub us_per_poll: f64,
    /// Polls per second.
    pub rate: f64,
}

/// Compares the generator with bare loops, in rounds, and prints the medians.
pub fn compare(flows: u32) -> Result<(), Failed> {
    gauge::pin(CORE);
    println!(
        "processor time per pending poll, {flows} flows, {ROUNDS} rounds; times in µs, rates in polls/s"
    );
    println!(
        "{:>6} | {:>9} {:>7} | {:>10} {:>7} {:>6} | {:>10} {:>7} {:>6}",
        "round", "generator", "rate", "same pace", "rate", "ratio", "full speed", "rate", "ratio"
    );
    let (mut ours, mut paced, mut unpaced) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratios, mut unpaced_ratios) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let runtime = runtime()?;
        let generator = runtime.block_on(generator(flows))?;
        let same = runtime.block_on(bare(flows, Pace::PerSecond(generator.rate)))?;
        let full = runtime.block_on(bare(flows, Pace::AtOnce(AT_ONCE)))?;
        let (ratio, unpaced_ratio) =
            (generator.us_per_poll / same.us_per_poll, generator.us_per_poll / full.us_per_poll);
        println!(
            "{round:>6} | {:>9.2} {:>7.0} | {:>10.2} {:>7.0} {ratio:>6.3} | {:>10.2} {:>7.0} {unpaced_ratio:>6.3}",
            generator.us_per_poll, generator.rate, same.us_per_poll, same.rate, full.us_per_poll, full.rate
        );
        ours.push(generator.us_per_poll);
        paced.push(same.us_per_poll);
        unpaced.push(full.us_per_poll);
        ratios.push(ratio);
        unpaced_ratios.push(unpaced_ratio);
    }
    let ratio = median(&mut ratios);
    println!(
        "median | {:>9.2} {:>7} | {:>10.2} {:>7} {ratio:>6.3} | {:>10.2} {:>7} {:>6.3}",
        median(&mut ours),
        "",
        median(&mut paced),
        "",
        median(&mut unpaced),
        "",
        median(&mut unpaced_ratios)
    );
    let verdict = if ratio <= BOUND { "kept" } else { "MISSED" };
    println!("bound: at the same pace ratio <= {BOUND}: {verdict}");
    Ok(())
}

/// The generator's part of a round.
pub fn generator_alone(flows: u32) -> Result<(), Failed> {
    gauge::pin(CORE);
    let used = runtime()?.block_on(generator(flows))?;
    println!("generator: {:.2} µs per poll at {:.0} polls/s", used.us_per_poll, used.rate);
    Ok(())
}

/// The bare loop's part of a round, at the same pace.
pub fn bare_alone(flows: u32) -> Result<(), Failed> {
    gauge::pin(CORE);
    // The generator's flows poll 50 ms after the interval.
    let used = runtime()?.block_on(bare(flows, Pace::PerSecond(f64::from(flows) / 1.052)))?;
    println!("bare loop: {:.2} µs per poll at {:.0} polls/s", used.us_per_poll, used.rate);
    Ok(())
}

fn runtime() -> Result<Runtime, Failed> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

fn profile(flows: u32) -> String {
    let rate = f64::from(flows) / FILL.as_secs_f64();
    format!(
        r#"
        drain = "10m"
        workload.max_in_flight = {flows}
        workload.stages = [{{ name = "fill", duration = "{}s", rate = {rate:.3} }}]
        mix = {{ poll = 1 }}
        users.count = {flows}
        decisions.shares = {{ ignore = 1 }}
        "#,
        FILL.as_secs()
    )
}

async fn generator(flows: u32) -> Result<Used, Failed> {
    let rig = Arc::new(Rig::open(&profile(flows), 1, Some(OP_CORE)).await?);
    let watched = rig.clone();
    let watching = tokio::spawn(async move {
        tokio::time::sleep(FILL + SETTLE).await;
        let used = watch(&watched).await;
        watched.measurement.stop_handle().leave();
        used
    });
    let result = rig.run().await?;
    let used = watching.await??;
    let counts = &result.load.counts;
    let other: u64 = counts
        .token
        .iter()
        .filter(|(answered, _)| *answered != Answered::AuthorizationPending)
        .map(|(_, n)| n)
        .sum();
    if counts.flows.dropped > 0 || other > 0 || !result.conformance.violations.is_empty() {
        return Err(
            format!("not all polls were pending: {counts:?}, {:?}", result.conformance.violations).into()
        );
    }
    Ok(used)
}

async fn bare(flows: u32, pace: Pace) -> Result<Used, Failed> {
    let rig = Rig::open(&profile(flows), 1, Some(OP_CORE)).await?;
    let polls = Polls::prepare(&rig.facts, flows).await?;
    let (clock, begun) = (rig.clock, rig.clock.now());
    // On a worker thread, where its connections are driven, as the generator's engines are.
    let sending = tokio::spawn(async move { polls.send(clock, pace, begun + SETTLE + WATCHED).await });
    tokio::time::sleep(SETTLE).await;
    let used = watch(&rig).await?;
    sending.await??;
    Ok(used)
}

async fn watch(rig: &Rig) -> Result<Used, Failed> {
    let before = Reading::take(rig).await?;
    tokio::time::sleep(WATCHED - Duration::from_millis(100)).await;
    let after = Reading::take(rig).await?;
    let polls = (after.polls - before.polls) as f64;
    Ok(Used {
        us_per_poll: (after.cpu - before.cpu).as_secs_f64() * 1e6 / polls,
        rate: polls / (after.at - before.at).as_secs_f64(),
    })
}

struct Reading {
    polls: u64,
    cpu: Duration,
    at: Instant,
}

impl Reading {
    /// Reads the OP's counter and this process's processor time.
    async fn take(rig: &Rig) -> Result<Self, Failed> {
        let polls = rig.counts().await?.total("token");
        Ok(Reading { polls, cpu: gauge::cpu_time(), at: rig.clock.now() })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
