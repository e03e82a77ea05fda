//! The table of honesty: whose fault it is, by what the record holds.

use super::*;
use crate::ciba::Outcome;
use crate::record::sample::{passed, spread};
use crate::record::{Answered, RunRecord};

fn reasons(change: impl FnOnce(&mut RunRecord)) -> Vec<String> {
    let mut record = passed();
    change(&mut record);
    let environment = record.environment.clone();
    invalid_reasons(record.load.as_ref().unwrap(), &environment)
}

fn of(change: impl FnOnce(&mut LoadRecord)) -> Vec<String> {
    reasons(|record| change(record.load.as_mut().unwrap()))
}

fn stalls(ms: u64) -> Stalls {
    Stalls { count: u64::from(ms > 0), stalled_ms: ms, longest_ms: ms }
}

#[test]
fn lateness_invalidates_and_being_busy_alone_does_not() {
    const BUSY: f64 = CPU_SHARE_MAX + 0.05;
    type Row<'r> = (u32, u64, u64, f64, f64, &'r [&'r str]);
    // Samples, start_lag and poll_lateness in µs, share of the processor, seconds of waiting for one (3.2 s were used), and
    // the reason.
    let table: [Row<'_>; 11] = [
        (400, 1_000, 1_000, 0.2, 0.1, &[]),
        (400, 1_000, 1_000, BUSY, 0.1, &[]),
        (400, 1_000, 1_000, 0.2, 30.0, &[]),
        (400, 6_000, 1_000, 0.2, 0.1, &[]),
        (400, 6_000, 1_000, BUSY, 0.1, &["no processor left", "of its cores used", "p99"]),
        (400, 6_000, 1_000, 0.2, 3.0, &[]),
        // A core that is shared with a program that never sleeps.
        (400, 6_000, 1_000, 0.2, 4.0, &["no processor left", "spent waiting for one", "p99"]),
        (400, 51_000, 1_000, 0.2, 0.1, &["flows began late", "p99"]),
        (400, 1_000, 101_000, 0.2, 0.1, &["polls were sent late", "p99"]),
        (50, 51_000, 1_000, 0.2, 0.1, &["flows began late", "p90"]),
        (5, 51_000, 101_000, BUSY, 4.0, &[]),
    ];
    for (samples, lag, lateness, cpu_share, waited_s, parts) in table {
        let reasons = of(|load| {
            load.generator.cpu_share = cpu_share;
            load.generator.waited_s = waited_s;
            load.spans.insert(Span::StartLag, spread(samples, lag as f64, lag as f64));
            load.spans.insert(Span::PollLateness, spread(samples, lateness as f64, lateness as f64));
        });
        assert_eq!(
            reasons.len(),
            usize::from(!parts.is_empty()),
            "{lag} {lateness} {cpu_share}: {reasons:?}"
        );
        assert!(parts.iter().all(|part| reasons[0].contains(part)), "{parts:?}: {reasons:?}");
        assert!(
            reasons.iter().all(|reason| reason.ends_with("free the machine of other work")),
            "{reasons:?}"
        );
    }
}

#[test]
fn a_generator_that_stood_still_is_invalid_and_the_cause_is_named_once() {
    // Process, engines and instruments, in ms; and who is named. The run took 20 s.
    for (process, engines, instruments, named) in [
        (0, 0, 0, None),
        (250, 250, 250, None),
        (290, 0, 0, Some("the generator stood still: for 290 ms in 1 stalls, the longest 290 ms")),
        (290, 300, 310, Some("the generator stood still")),
        (0, 300, 0, Some("the engines stood still")),
        (0, 0, 300, Some("the authentication service and the notification endpoint stood still")),
    ] {
        let reasons = of(|load| {
            let health = &mut load.generator;
            health.stalls = stalls(process);
            health.engine_stalls = stalls(engines);
            health.instrument_stalls = stalls(instruments);
        });
        assert_eq!(reasons.len(), usize::from(named.is_some()), "{reasons:?}");
        assert!(reasons.iter().all(|reason| reason.contains(named.unwrap())), "{named:?}: {reasons:?}");
        assert!(reasons.iter().all(|reason| reason.contains("neither stop nor suspend")), "{reasons:?}");
    }
    // In an hour three seconds and more may be lost: no percentile that is printed sees it.
    let hour = |ms: u64| {
        of(|load| {
            load.stages[1].length_s = 3600.0;
            load.generator.stalls = stalls(ms);
        })
    };
    assert_eq!((hour(3_500).len(), hour(3_700).len()), (0, 1));
}

#[test]
fn parties_of_our_own_that_answer_late_invalidate_the_run() {
    for (span, named) in [
        (Span::NotificationAnswer, "the notification endpoint was slow: notification_answer p99 is"),
        (Span::ServiceAnswer, "the authentication service was slow: service_answer p99 is"),
    ] {
        let slow = |us: f64| {
            of(|load| {
                load.spans.insert(span, spread(400, us, us));
            })
        };
        assert_eq!(slow(49_000.0), [""; 0]);
        let reasons = slow(51_000.0);
        assert!(reasons.len() == 1 && reasons[0].starts_with(named), "{reasons:?}");
    }
    for (late, accepted, invalid) in [(10, 100, false), (11, 100, true), (20, 29, false)] {
        let reasons = of(|load| {
            load.decisions = [("decisions.late", late), ("start.accepted", accepted)]
                .map(|(name, n)| (name.to_owned(), n))
                .into();
        });
        assert_eq!(reasons.len(), usize::from(invalid), "{late} of {accepted}: {reasons:?}");
    }
}

#[test]
fn what_runs_out_on_this_side_is_no_fault_of_the_servers() {
    let open = |peak: u64, limit: u64| {
        reasons(|record| {
            record.environment.descriptors = limit;
            record.load.as_mut().unwrap().generator.descriptors_peak = peak;
        })
    };
    assert_eq!(open(1_000, 1_024), [""; 0]);
    assert!(open(1_020, 1_024)[0].starts_with("file descriptors ran out: 1,020 of 1,024 were open; raise"));
    assert_eq!(open(1_020, u64::MAX), [""; 0]);
    let used = |mib: u64| of(|load| load.generator.rss_peak_mib = mib);
    assert_eq!(used(6_000), [""; 0]);
    assert!(used(7_000)[0].starts_with("memory ran out: 7,000 of 7,936 MiB were used"));
}

#[test]
fn nothing_that_a_server_does_invalidates_a_run() {
    type Change = fn(&mut LoadRecord);
    let cases: [(&str, Change); 5] = [
        ("stopped for 2 s", |load| {
            for span in [Span::Ack, Span::PollPending, Span::Flow, Span::Notify] {
                load.spans.insert(span, spread(400, 1_000.0, 2_000_000.0));
            }
        }),
        ("slow", |load| {
            for span in [Span::Ack, Span::Accept, Span::Redeem, Span::Blocked, Span::Connect] {
                load.spans.insert(span, spread(400, 900_000.0, 9_000_000.0));
            }
        }),
        ("answers 503", |load| load.counts.token.add(Answered::Unavailable, 10_000)),
        ("pings late", |load| {
            load.spans.insert(Span::Notify, spread(400, 3_000_000.0, 8_000_000.0));
        }),
        ("resets connections", |load| {
            load.counts.token.add(Answered::Broken, 500);
            load.counts.flows.outcomes.add(Outcome::TransportFailed, 500);
        }),
    ];
    for (name, change) in cases {
        assert_eq!(of(change), [""; 0], "{name}");
    }
}

#[test]
fn two_reasons_are_two_lines_and_no_samples_are_none() {
    let late = |load: &mut LoadRecord| {
        load.spans.insert(Span::StartLag, spread(400, 60_000.0, 60_000.0));
        load.spans.insert(Span::PollLateness, spread(400, 160_000.0, 160_000.0));
    };
    assert_eq!(of(late).len(), 2);
    assert_eq!(of(|load| load.spans.clear()), [""; 0]);
}
