use crate::rig::Rig;
use crate::{Failed, gauge};
use std::sync::Arc;
use std::time::Duration;

/// Flows that are pending at once, half of them poll and half ping.
pub const FLOWS: u32 = 20_000;
/// Flows after which the run's fixed memory (histograms, threads, connections) is there.
const FEW: u32 = 1_000;
/// Flows that begin per second.
const RATE: u32 = 1_000;
/// Polling interval of the OP, in seconds: the standard's own default.
const INTERVAL: u64 = 5;
/// Readings after all flows are pending, one a second: the largest counts.
const READINGS: u32 = 12;
/// Longest wait for the flows, in seconds.
const PATIENCE: u64 = 300;
/// Bytes per flow that must not be exceeded.
const BOUND: u64 = 4096;

/// Measures how much this process grows when flows are pending, and prints it.
pub fn measure(flows: u32) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let Grown { before, few, all } = runtime.block_on(grow(flows))?;
    let per_flow = all.saturating_sub(before) * 1024 / u64::from(flows);
    println!("resident memory of the generator, {flows} pending flows, half poll, half ping");
    println!("before the run {before} KiB, {FEW} flows {few} KiB, {flows} flows {all} KiB");
    println!(
        "each flow beyond the first {FEW}: {} bytes",
        all.saturating_sub(few) * 1024 / u64::from(flows.saturating_sub(FEW)).max(1)
    );
    println!("all growth since before the run, per flow: {per_flow} bytes");
    println!("bound: <= {BOUND} bytes: {}", if per_flow <= BOUND { "kept" } else { "MISSED" });
    Ok(())
}

/// Resident memory, in KiB.
struct Grown {
    before: u64,
    few: u64,
    all: u64,
}

async fn grow(flows: u32) -> Result<Grown, Failed> {
    let fill = flows.div_ceil(RATE);
    let profile = format!(
        r#"
        drain = "1h"
        workload.max_in_flight = {flows}
        workload.stages = [{{ name = "fill", duration = "{fill}s", rate = {RATE} }}]
        mix = {{ poll = 1, ping = 1 }}
        users.count = {flows}
        flow.fall_back_to_polling = false
        decisions.delay.constant = "1h"
        "#
    );
    let rig = Arc::new(Rig::open(&profile, INTERVAL, None).await?);
    let before = gauge::resident_kib()?;
    let watched = rig.clone();
    let watching = tokio::spawn(async move {
        let grown = watch(&watched, before, flows).await;
        watched.measurement.stop_handle().leave();
        grown
    });
    rig.run().await?;
    watching.await?
}

async fn watch(rig: &Rig, before: u64, flows: u32) -> Result<Grown, Failed> {
    let few = reach(rig, FEW.min(flows)).await?;
    let mut all = reach(rig, flows).await?;
    for _ in 0..READINGS {
        tokio::time::sleep(Duration::from_secs(1)).await;
        all = all.max(gauge::resident_kib()?);
    }
    let acknowledged = rig.counts().await?.get("backchannel_authentication", "acknowledged");
    let in_flight = rig.measurement.progress().borrow().in_flight;
    if acknowledged != u64::from(flows) || in_flight != u64::from(flows) {
        return Err(format!("{acknowledged} flows acknowledged, {in_flight} pending, not {flows}").into());
    }
    Ok(Grown { before, few, all })
}

/// Waits until so many flows are under way, then reads the memory.
async fn reach(rig: &Rig, flows: u32) -> Result<u64, Failed> {
    let mut progress = rig.measurement.progress();
    let reached = progress.wait_for(|progress| progress.in_flight >= u64::from(flows));
    tokio::time::timeout(Duration::from_secs(PATIENCE), reached).await??;
    Ok(gauge::resident_kib()?)
}
