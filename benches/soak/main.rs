//! What a generator that runs for a day keeps: live heap after each hour, in virtual time.
//!
//! ```text
//! cargo bench --bench soak [-- HOURS]
//! ```

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use ciba_bench::checkpoint::Log;
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, Traces};
use ciba_bench::jose::{SubjectLedger, SubjectRule};
use ciba_bench::load::{self, LoadResult, LoadSetting, Logging, Measurement};
use ciba_bench::profile::Profile;
use ciba_bench::record::{Ended, Environment, RunRecord, SCHEMA, TargetSeen};
use ciba_bench::relying_party::{IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds};
use ciba_bench::target::TargetFacts;
use ciba_bench::world::{InProcess, WorldSettings};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
/// Hours of a run.
const HOURS: u32 = 24;
/// Flows that begin in an hour: enough to fill in the first one most of what is bounded by a number.
const FLOWS_PER_HOUR: u64 = 7_200;
/// Share by which the live heap may have grown since the first hour.
const GROWTH_MAX: f64 = 0.01;
const MODES: [DeliveryMode; 2] = [DeliveryMode::Poll, DeliveryMode::Ping];

/// Whatever stops a measurement.
type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let hours = std::env::args().skip(1).find(|word| word != "--bench");
    measure(hours.map(|hours| hours.parse()).transpose()?.unwrap_or(HOURS))
}

/// Lets a generator and all parties around it run in virtual time, and prints after each hour how much heap they hold.
fn measure(hours: u32) -> Result<(), Failed> {
    let mut runtime = None;
    let mut live = Vec::new();
    let mut failed = None;
    // What one thread allocates is counted, and all of it happens in this one.
    let set_up = allocation_counter::measure(|| match begin(hours) {
        Ok(begun) => runtime = Some(begun),
        Err(error) => failed = Some(error),
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let (runtime, world, measurement, setting) = runtime.ok_or("nothing was set up")?;
    let mut running = pin!(load::simulate(measurement, setting));
    let mut bytes = set_up.bytes_current;
    let mut result = None;
    let begun = world.clock().now();
    println!(
        "{hours} h in virtual time, all parties in one thread: {FLOWS_PER_HOUR} flows an hour; live heap in bytes"
    );
    for hour in 1..=hours {
        let until = begun + HOUR * hour;
        let in_hour = allocation_counter::measure(|| {
            result = runtime.block_on(async {
                tokio::select! {
                    biased;
                    result = &mut running => Some(result),
                    () = tokio::time::sleep_until(until) => None,
                }
            });
        });
        if result.is_some() {
            return Err(format!("the run was over before hour {hour}").into());
        }
        bytes += in_hour.bytes_current;
        println!("hour {hour:>2}: {bytes:>9}, {:>9} allocations in it", in_hour.count_total);
        live.push(bytes);
    }
    let result = runtime.block_on(running);
    check(&result, hours)?;
    println!("{:?}", result.load.counts.flows);
    let (first, last) = (live.first().copied().unwrap_or(0), live.last().copied().unwrap_or(0));
    let growth = (last - first) as f64 / first as f64;
    let verdict = if growth.abs() <= GROWTH_MAX { "kept" } else { "MISSED" };
    println!(
        "from hour 1 to hour {hours}: {:+.2} %; bound: within {:.0} %: {verdict}",
        growth * 100.0,
        GROWTH_MAX * 100.0
    );
    Ok(())
}

/// A run that did nothing shows nothing.
fn check(result: &LoadResult, hours: u32) -> Result<(), Failed> {
    let flows = &result.load.counts.flows;
    let expected = u64::from(hours) * FLOWS_PER_HOUR;
    if flows.started < expected || flows.dropped > 0 || !result.conformance.violations.is_empty() {
        return Err(format!("{flows:?}, {:?}", result.conformance.violations).into());
    }
    Ok(())
}

type Begun = (tokio::runtime::Runtime, InProcess, Arc<Measurement>, LoadSetting);

fn begin(hours: u32) -> Result<Begun, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let profile =
        Profile::parse("soak", "soak.toml", &profile(hours)).map_err(|errors| format!("{errors:?}"))?;
    let (world, measurement, setting) = runtime.block_on(set_up(profile))?;
    Ok((runtime, world, measurement, setting))
}

async fn set_up(profile: Profile) -> Result<(InProcess, Arc<Measurement>, LoadSetting), Failed> {
    let measurement = Measurement::new(1, Clock::starting_at(InProcess::beginning()));
    let traces = Arc::new(Traces::new(Some(Marker::new(profile.seed)), measurement.clone()));
    let settings = WorldSettings { plan: profile.decisions.clone(), ..WorldSettings::default() };
    let world = InProcess::new(settings, traces.clone(), measurement.clone())?;
    let transport = world.transport();
    let facts = Arc::new(TargetFacts::discover(world.issuer(), transport.as_ref()).await?);
    let keys = Arc::new(IssuerKeys::fetch(&facts, transport.as_ref(), world.clock()).await?);
    let mut parties = Vec::new();
    for mode in MODES {
        let client = world.client(mode).ok_or_else(|| format!("no client for {}", mode.name()))?.client();
        let settings = PartySettings {
            scope: profile.flow.scope.clone(),
            parameters: RequestParameters::default(),
            request_timeout: profile.flow.request_timeout,
            poll_timeout: profile.flow.poll_timeout,
            trace: TraceIds::new(profile.seed),
        };
        let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
        let (facts, keys, transport) = (facts.clone(), keys.clone(), transport.clone());
        let party = RelyingParty::new(client, facts, keys, subjects, transport, settings, world.clock());
        parties.push(Arc::new(party));
    }
    let setting = LoadSetting {
        issuer: world.issuer().to_string(),
        parties,
        names: profile.users.names.clone(),
        traces,
        receiver: Some(world.receiver().clone()),
        judges_decisions: true,
        announcer: None,
        logging: Some(logging(&profile)?),
        goose_report: None,
        profile,
    };
    Ok((world, measurement, setting))
}

/// As in a run of the command line: the intervals go to a file.
fn logging(profile: &Profile) -> Result<Logging, Failed> {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("log-of-the-soak");
    let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    let record = RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: "1".to_owned(),
        name: profile.name.clone(),
        command: Vec::new(),
        started_at: String::new(),
        elapsed_s: 0.0,
        ended: Ended::Completed,
        seed: profile.seed,
        environment: Environment::default(),
        target: TargetSeen {
            issuer: String::new(),
            reference: true,
            backchannel_authentication_endpoint: String::new(),
            token_endpoint: String::new(),
            delivery_modes: Vec::new(),
            faults: Vec::new(),
        },
        profile: String::new(),
        conformance: None,
        load: None,
        capacity: None,
        gates: Vec::new(),
        caveats: Vec::new(),
    };
    Ok(Logging { log: Log::new(Box::new(file), path.display().to_string()), record })
}

/// Ordinary flows of all kinds, with a share that nobody finishes: what is kept of those is what would grow.
fn profile(hours: u32) -> String {
    format!(
        r#"
        drain = "150s"
        workload.arrivals = "poisson"
        workload.stages = [{{ name = "day", duration = "{}m", rate = {} }}]
        mix = {{ poll = 1, ping = 1 }}
        users.count = 500
        behaviours.abandon = 0.05
        decisions.shares = {{ approve = 92, deny = 3, ignore = 5 }}
        decisions.delay.lognormal = {{ median = "3s", p95 = "10s" }}
        "#,
        u64::from(hours) * 60 + 1,
        FLOWS_PER_HOUR as f64 / HOUR.as_secs_f64()
    )
}
