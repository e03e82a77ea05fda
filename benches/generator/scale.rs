use crate::Failed;
use crate::trial::{Plan, Trial, percentiles};
use ciba_bench::record::Span;
use std::time::Duration;

/// Flows that are pending and poll.
pub const FLOWS: u32 = 100_000;
/// Polling interval of the OP, in seconds: the standard's own default.
const INTERVAL: u64 = 5;
/// Two intervals with their guard, and a little for the answers.
const WATCHED: Duration = Duration::from_millis(10_200);
/// Flows that begin per second, at first and in the end, when most of the machine is busy with polls.
const RATES: (u32, u32) = (2_500, 300);
/// From the last start to the first reading, in seconds: every flow polls by then.
const SETTLE_S: f64 = 6.0;
/// Bytes per flow that must not be exceeded.
const BYTES_MAX: u64 = 4096;
const THREADS: usize = 2;

/// Has many flows pending, all of which poll, and prints what each costs and how punctual they are.
pub fn measure(flows: u32) -> Result<(), Failed> {
    let fill = f64::from(flows) * 2.0 / f64::from(RATES.0 + RATES.1);
    let profile = filled(flows, &format!("from = {}, to = {}", RATES.0, RATES.1), fill, SETTLE_S + 60.0);
    let trial = Trial::make(
        Plan {
            profile,
            interval: INTERVAL,
            op_core: None,
            settle: Duration::from_secs_f64(fill + SETTLE_S),
            watched: WATCHED,
        },
        THREADS,
    )?;
    let (watched, counts) = (&trial.watched, &trial.result.load.counts);
    let bytes = trial.resident.saturating_sub(trial.resident_before) * 1024 / u64::from(flows);
    let hold = trial.stage("hold")?;
    let own_polls = counts.token.iter().map(|(_, polls)| polls).sum::<u64>();
    let kept = |kept: bool| if kept { "kept" } else { "MISSED" };
    println!("{flows} pending flows that poll every {INTERVAL} s");
    println!(
        "memory: {} KiB before, at most {} KiB: {bytes} bytes a flow; bound: <= {BYTES_MAX}: {}",
        trial.resident_before,
        trial.resident,
        kept(bytes <= BYTES_MAX)
    );
    println!(
        "while watched, {:.1} s: {:.3} polls a flow, {:.0} polls/s; cores: generator {:.2}, OP {:.2}",
        watched.length.as_secs_f64(),
        watched.polls as f64 / f64::from(flows),
        watched.rate(watched.polls),
        watched.cores(watched.own),
        watched.cores(watched.op)
    );
    println!(
        "the whole run: {own_polls} polls counted here, {} by the OP; bound: equal: {}",
        trial.op_polls,
        kept(own_polls == trial.op_polls)
    );
    println!("flows: {:?}, answers: {:?}", counts.flows, counts.token);
    println!("poll_lateness: {}", percentiles(hold, Span::PollLateness));
    println!("poll: {}", percentiles(hold, Span::Poll));
    println!("start_lag: {}", percentiles(trial.stage("fill")?, Span::StartLag));
    println!("the record: {}", trial.verdict());
    for reason in trial.invalid.iter().skip(1) {
        println!("            {reason}");
    }
    Ok(())
}

/// A profile of poll flows that nobody decides: they begin in a stage `fill` of so many seconds, then nothing begins any more.
pub fn filled(flows: u32, load: &str, fill: f64, hold: f64) -> String {
    format!(
        r#"
        drain = "10m"
        workload.max_in_flight = {flows}
        engine.flows_per_relying_party = {flows}
        mix = {{ poll = 1 }}
        users.count = {flows}
        decisions.shares = {{ ignore = 1 }}
        [[workload.stages]]
        name = "fill"
        duration = "{:.0}ms"
        {}
        [[workload.stages]]
        name = "hold"
        duration = "{:.0}ms"
        from = 0
        to = 0.000001
        "#,
        fill * 1e3,
        load.replace(", ", "\n"),
        hold * 1e3
    )
}
