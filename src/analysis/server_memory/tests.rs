use super::*;
use crate::record::MemorySample;

fn memory(points: impl IntoIterator<Item = (u64, u64)>) -> ServerMemory {
    let sample = |(at, (in_flight, bytes)): (u64, (u64, u64))| MemorySample {
        at_ms: at * 2_000,
        in_flight,
        started: in_flight,
        bytes,
    };
    ServerMemory { samples: (0..).zip(points).map(sample).collect(), ..ServerMemory::default() }
}

fn reason(of: &ServerMemory) -> String {
    match memory_use([of]).unwrap().per_flow {
        PerFlow::NotMeasured { reason } => reason,
        measured @ PerFlow::Measured { .. } => panic!("{measured:?}"),
    }
}

#[test]
fn a_line_gives_back_what_a_flow_takes() {
    // 200 MB, 2 kB for each flow, and up to 40 kB of something else.
    let points = (0..60).map(|at| (at * 20, 200_000_000 + at * 20 * 2_000 + at % 3 * 20_000));
    let used = memory_use([&memory(points.clone())]).unwrap();
    assert_eq!((used.start_bytes, used.samples), (200_000_000, 60));
    assert_eq!(used.highest_bytes, 200_000_000 + 59 * 20 * 2_000 + 40_000);
    let PerFlow::Measured { slope: Slope { bytes, low, high }, explained } = used.per_flow else {
        panic!("{used:?}")
    };
    assert_eq!(used.per_ended, None);
    assert!((1_950.0..2_050.0).contains(&bytes) && low < 2_000.0 && high > 2_000.0, "{low} to {high}");
    assert!(explained > 0.99 && explained <= 1.0, "{explained}");
    let sentence = used.sentence();
    let begins = "memory of the server: 200 MB at the begin, at most 202 MB; ";
    assert!(sentence.starts_with(begins) && sentence.contains(" MB per 1,000 pending flows ("), "{sentence}");
    // What the server does not give back when flows become fewer says nothing of what they took; neither does another trial of fewer.
    let kept = (0..60).map(|at| (1_180 - at * 20, 202_400_000));
    let fewer = (0..30).map(|at| (at * 20, 202_400_000));
    let used = memory_use([&memory(points.chain(kept)), &memory(fewer)]).unwrap();
    let PerFlow::Measured { slope: Slope { bytes, .. }, .. } = used.per_flow else { panic!("{used:?}") };
    assert!((1_900.0..2_100.0).contains(&bytes) && used.samples == 150, "{bytes}");
}

#[test]
fn what_the_samples_do_not_tell_is_no_figure() {
    assert_eq!(memory_use([&ServerMemory::default()]), None);
    for (points, expected) in [
        (
            vec![(0, 1_000), (900, 2_000)],
            "2 samples with as many flows pending as ever before, and it takes 10",
        ),
        ((0..20).map(|at| (100 + at, 1_000 + at)).collect(), "between 100 and 119 flows were pending"),
        ((0..20).map(|at| (at * 100, 1_000_000)).collect(), "does not follow the pending flows"),
        ((0..20).map(|at| (at * 100, 9_000_000 - at * 1_000)).collect(), "does not follow the pending flows"),
        ((0..20).map(|at| (at * 100, 1_000_000 + at % 2 * 500_000)).collect(), "does not follow"),
        (
            (0..20).map(|at| (at * 100, 1_000_000 + at * 30_000 + at % 2 * 500_000)).collect(),
            "the samples leave too much open (0.",
        ),
    ] {
        let reason = reason(&memory(points));
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
}

/// Two loads, each with more and more flows, of a server that takes so many bytes for each of them and keeps so many.
fn keeping(pending: u64, kept: u64) -> [ServerMemory; 2] {
    [0, 1].map(|load| {
        let sample = |at: u64| {
            let (in_flight, ended) = ((load * 30 + at) * 20, at * at * 10);
            // What an earlier load has left: all of its 9,000 flows.
            let all = ended + load * (29 * 29 * 10 + 29 * 20);
            MemorySample {
                at_ms: at * 2_000,
                in_flight,
                started: in_flight + ended,
                bytes: 200_000_000 + in_flight * pending + all * kept + at % 3 * 1_000,
            }
        };
        ServerMemory { samples: (0..30).map(sample).collect(), ..ServerMemory::default() }
    })
}

#[test]
fn what_a_server_keeps_of_flows_that_ended_is_not_charged_to_those_that_are_pending() {
    let used = memory_use(&keeping(2_000, 500)).unwrap();
    let PerFlow::Measured { slope, .. } = used.per_flow else { panic!("{used:?}") };
    let kept = used.per_ended.unwrap();
    assert!(
        (1_950.0..2_050.0).contains(&slope.bytes) && slope.low < 2_000.0 && slope.high > 2_000.0,
        "{slope:?}"
    );
    assert!((490.0..510.0).contains(&kept.bytes) && kept.low < 500.0 && kept.high > 500.0, "{kept:?}");
    let sentence = used.sentence();
    assert!(sentence.contains(" MB per 1,000 flows that have ended (0."), "{sentence}");
    // One that keeps everything and takes nothing, and the other way round.
    let used = memory_use(&keeping(0, 500)).unwrap();
    let PerFlow::NotMeasured { reason } = &used.per_flow else { panic!("{used:?}") };
    assert!(reason.starts_with("the memory does not follow the pending flows (-"), "{reason}");
    assert!(used.per_ended.is_some(), "{used:?}");
    let used = memory_use(&keeping(2_000, 0)).unwrap();
    assert!(matches!(used.per_flow, PerFlow::Measured { .. }) && used.per_ended.is_none(), "{used:?}");
}

#[test]
fn a_record_that_does_not_tell_how_many_flows_ended_gives_no_figure() {
    let mut memory = memory((0..60).map(|at| (at * 20, 200_000_000 + at * 20 * 2_000)));
    memory.samples.iter_mut().for_each(|sample| sample.started = 0);
    assert!(reason(&memory).starts_with("the record does not tell how many flows had ended"));
}

#[test]
fn what_grew_together_is_not_told_apart() {
    let together = |at: u64| MemorySample {
        at_ms: at * 2_000,
        in_flight: at * 20,
        started: at * 120,
        bytes: 200_000_000 + at * 50_000,
    };
    let memory = ServerMemory { samples: (0..30).map(together).collect(), ..ServerMemory::default() };
    assert!(reason(&memory).contains("cannot tell which of them take the memory"));
}

#[test]
fn of_two_searches_the_one_that_needs_more_room_counts() {
    let of = |per_flow: u64| memory((0..20).map(move |at| (at * 100, 1_000_000 + at * 100 * per_flow)));
    let flat = memory((0..20).map(|at| (at * 100, 9_000_000)));
    let used = |series: &ServerMemory| memory_use([series]).unwrap();
    for (one, two) in [(of(10), of(30)), (of(30), of(10)), (flat.clone(), of(30)), (of(30), flat.clone())] {
        let both = used(&one).and(used(&two));
        let PerFlow::Measured { slope: Slope { bytes, .. }, .. } = both.per_flow else { panic!("{both:?}") };
        assert!((bytes - 30.0).abs() < 1e-6, "{bytes}");
        assert_eq!(both.samples, 40);
    }
}
