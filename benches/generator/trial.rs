use crate::rig::Rig;
use crate::{Failed, gauge};
use ciba_bench::analysis::invalid_reasons;
use ciba_bench::load::LoadResult;
use ciba_bench::record::{Environment, Span, StageRecord, Summary};
use std::sync::Arc;
use std::time::Duration;

/// What is run, and when it is looked at.
pub struct Plan {
    pub profile: String,
    /// Polling interval of the OP, in seconds.
    pub interval: u64,
    /// The OP's core, if it has one of its own.
    pub op_core: Option<usize>,
    /// From the first start to the first reading.
    pub settle: Duration,
    /// From the first reading to the last.
    pub watched: Duration,
}

/// A run of a profile, and what was used and done while it was watched.
pub struct Trial {
    pub result: LoadResult,
    /// Why the run would be invalid; empty if it would not.
    pub invalid: Vec<String>,
    /// Resident memory before the run and at most while it was watched, in KiB.
    pub resident_before: u64,
    pub resident: u64,
    pub watched: Watched,
    /// Token requests that the OP has answered in the whole run.
    pub op_polls: u64,
}

/// What was done between the two readings.
pub struct Watched {
    /// Token requests that the OP has answered, and those of them that gave tokens.
    pub polls: u64,
    pub tokens: u64,
    pub length: Duration,
    /// Processor time of this process and of the OP's.
    pub own: Duration,
    pub op: Duration,
}

impl Watched {
    /// So many per second.
    pub fn rate(&self, count: u64) -> f64 {
        count as f64 / self.length.as_secs_f64()
    }

    /// Cores that a processor time amounts to.
    pub fn cores(&self, used: Duration) -> f64 {
        used.as_secs_f64() / self.length.as_secs_f64()
    }
}

impl Trial {
    /// Runs the plan's profile until it has been watched, then ends it in order.
    pub fn make(plan: Plan, threads: usize) -> Result<Self, Failed> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        runtime.block_on(trial(plan))
    }

    /// The figures of a stage of the profile.
    pub fn stage(&self, name: &str) -> Result<&StageRecord, Failed> {
        let stages = &self.result.load.stages;
        Ok(stages.iter().find(|stage| stage.name == name).ok_or("a stage is missing")?)
    }

    /// In one word, or the first reason against it.
    pub fn verdict(&self) -> &str {
        self.invalid.first().map_or("valid", String::as_str)
    }
}

/// Percentiles of a span in a stage, in ms.
pub fn percentiles(stage: &StageRecord, span: Span) -> String {
    let Some(summary) = stage.spans.get(&span) else { return "no samples".to_owned() };
    let Summary { p50_us, p99_us, p999_us, max_us, .. } = summary;
    let ms = |us: &Option<u64>| us.map_or("-".to_owned(), |us| format!("{:.2}", us as f64 / 1e3));
    format!(
        "p50 {} ms, p99 {} ms, p99.9 {} ms, max {:.2} ms",
        ms(p50_us),
        ms(p99_us),
        ms(p999_us),
        *max_us as f64 / 1e3
    )
}

async fn trial(plan: Plan) -> Result<Trial, Failed> {
    let rig = Arc::new(Rig::open(&plan.profile, plan.interval, plan.op_core).await?);
    let resident_before = gauge::resident_kib()?;
    let watching = tokio::spawn(watch(rig.clone(), plan.settle, plan.watched));
    let result = rig.run().await?;
    let (watched, resident) = watching.await??;
    let op_polls = rig.counts().await?.total("token");
    let invalid = invalid_reasons(&result.load, &environment()?);
    Ok(Trial { result, invalid, resident_before, resident, watched, op_polls })
}

async fn watch(rig: Arc<Rig>, settle: Duration, length: Duration) -> Result<(Watched, u64), Failed> {
    tokio::time::sleep(settle).await;
    let watched = async {
        let before = Reading::take(&rig).await?;
        let mut resident = gauge::resident_kib()?;
        let end = before.at + length;
        while rig.clock.now() < end {
            tokio::time::sleep_until(end.min(rig.clock.now() + Duration::from_secs(1))).await;
            resident = resident.max(gauge::resident_kib()?);
        }
        let after = Reading::take(&rig).await?;
        let watched = Watched {
            polls: after.polls - before.polls,
            tokens: after.tokens - before.tokens,
            length: after.at - before.at,
            own: after.own - before.own,
            op: after.op - before.op,
        };
        Ok((watched, resident))
    };
    let watched = watched.await;
    // Exchanges under way are answered still, so that both sides have counted the same in the end.
    rig.measurement.stop_handle().leave();
    watched
}

struct Reading {
    at: tokio::time::Instant,
    polls: u64,
    tokens: u64,
    own: Duration,
    op: Duration,
}

impl Reading {
    async fn take(rig: &Rig) -> Result<Self, Failed> {
        let counts = rig.counts().await?;
        Ok(Reading {
            at: rig.clock.now(),
            polls: counts.total("token"),
            tokens: counts.get("token", "tokens"),
            own: gauge::cpu_time(),
            op: gauge::cpu_time_of(rig.op_id())?,
        })
    }
}

/// What the validity of a run is judged by.
fn environment() -> Result<Environment, Failed> {
    Ok(Environment {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build: "release".to_owned(),
        system: String::new(),
        processor: String::new(),
        cores: u32::try_from(std::thread::available_parallelism()?.get())?,
        memory_mib: gauge::memory_mib()?,
        descriptors: rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .current
            .unwrap_or(u64::MAX),
    })
}
