//! What the search asks for, and what it makes of the answers.

use super::bounds::{Load, Standing};
use super::level::levels;
use super::{End, Judged, Recovery, Search, Step, Trial};
use crate::record::{CapacitySearch, TrialPart};

pub(super) fn settings() -> CapacitySearch {
    CapacitySearch {
        lowest_per_s: 10.0,
        highest_per_s: 2_000.0,
        width: 0.05,
        first_trial_s: 5.0,
        last_trial_s: 10.0,
        duration_sum_s: 30.0,
        exceed_ratio: 0.0,
        trials_max: 80,
        time_max_s: 3_600.0,
        settle_s: 2.0,
    }
}

/// Carries a search out; gives how it ended and the trials.
pub(super) fn search(
    settings: CapacitySearch,
    mut judge: impl FnMut(&Trial) -> Judged,
) -> (End, Vec<(Trial, Judged)>) {
    let mut search = Search::new(settings);
    let mut trials = Vec::new();
    loop {
        match search.next() {
            Step::Done(end) => return (end, trials),
            Step::Try(trial) => {
                assert!(trials.len() < 1_000, "it never ends: {trials:?}");
                let judged = judge(&trial);
                search.record(trial, judged, trial.length_s + 5.0);
                trials.push((trial, judged));
            }
        }
    }
}

fn limited(limit: f64) -> impl FnMut(&Trial) -> Judged {
    move |trial| if trial.rate <= limit { Judged::Met } else { Judged::Broken }
}

#[test]
fn a_server_without_noise_is_found_to_the_width_and_within_minutes() {
    for limit in [10.0, 11.3, 49.9, 150.0, 733.0, 1_800.0] {
        let (end, trials) = search(settings(), limited(limit));
        let End::Bracket { lower, upper, recovery } = end else { panic!("{limit}: {end:?}") };
        assert!(lower <= limit && limit < upper, "{limit}: {lower} to {upper}");
        assert!(upper / lower <= 1.0501, "{limit}: {lower} to {upper}");
        assert_eq!(recovery.unwrap().after, Judged::Met);
        let took: f64 = trials.iter().map(|(trial, _)| trial.length_s + 3.0).sum();
        assert!(took < 420.0, "{limit}: {took} s, {} trials", trials.len());
        // Both ends are decided by trials of full length, or broken by shorter ones.
        let at = |rate: f64| trials.iter().filter(move |(trial, _)| trial.rate == rate);
        assert!(at(lower).filter(|(trial, _)| trial.part == TrialPart::Deciding).count() >= 3, "{trials:?}");
        assert!(at(upper).filter(|(trial, _)| trial.part != TrialPart::Overload).count() >= 3, "{trials:?}");
    }
}

#[test]
fn all_hold_and_none_holds() {
    let (end, trials) = search(settings(), |_| Judged::Met);
    assert_eq!(end, End::AboveMaximum);
    assert_eq!(trials.iter().filter(|(trial, _)| trial.rate == 2_000.0).count(), 5);
    let (end, trials) = search(settings(), |_| Judged::Broken);
    assert_eq!(end, End::BelowMinimum);
    assert!(trials.len() <= 4 && trials.iter().all(|(trial, _)| trial.rate == 10.0), "{trials:?}");
}

#[test]
fn where_the_generator_fails_no_limit_is_named() {
    // The generator does 300 flows a second, the server more.
    let (end, trials) =
        search(settings(), |trial| if trial.rate > 300.0 { Judged::Invalid } else { Judged::Met });
    let End::GeneratorBound { at, met: Some(met) } = end else { panic!("{end:?}") };
    assert!(met <= 300.0 && at > 300.0 && at / met < 1.06, "{met} {at}");
    let invalid = trials.iter().filter(|(_, judged)| *judged == Judged::Invalid).count();
    assert!(invalid <= 12, "{invalid}");
    let (end, _) = search(settings(), |_| Judged::Invalid);
    assert_eq!(end, End::GeneratorBound { at: 10.0, met: None });
    // The server gives up first.
    let (end, _) = search(settings(), |trial| match trial.rate {
        rate if rate > 1_000.0 => Judged::Invalid,
        rate if rate > 150.0 => Judged::Broken,
        _ => Judged::Met,
    });
    assert!(matches!(end, End::Bracket { lower, upper, .. } if lower <= 150.0 && upper > 150.0), "{end:?}");
}

/// Something else keeps the machine busy for a while: what the generator could not do then it can do later.
#[test]
fn a_rate_at_which_the_generator_failed_is_tried_again_when_the_lower_ones_are_known() {
    let mut failures = 2;
    let (end, _) = search(settings(), |trial| {
        if trial.rate == 80.0 && failures > 0 {
            failures -= 1;
            return Judged::Invalid;
        }
        limited(150.0)(trial)
    });
    assert!(matches!(end, End::Bracket { lower, upper, .. } if lower <= 150.0 && upper > 150.0), "{end:?}");
}

#[test]
fn a_trial_that_was_disturbed_is_repeated() {
    let mut n = 0;
    let (end, trials) = search(settings(), |trial| {
        n += 1;
        if n % 3 == 0 { Judged::Invalid } else { limited(150.0)(trial) }
    });
    assert!(matches!(end, End::Bracket { lower, upper, .. } if lower <= 150.0 && upper > 150.0), "{end:?}");
    for pair in trials.windows(2).filter(|pair| pair[0].1 == Judged::Invalid) {
        let again = pair[1].0.rate == pair[0].0.rate;
        assert!(again || pair[0].0.part == TrialPart::Descending, "{pair:?}");
    }
}

/// At 100 the thresholds hold in every other trial, at 104 they hold, at 110 they do not: the bracket leaves none of them out.
#[test]
fn trials_that_contradict_each_other_widen_the_bracket() {
    let mut turn = false;
    let settings = CapacitySearch { lowest_per_s: 80.0, highest_per_s: 130.0, width: 0.02, ..settings() };
    let (end, _) = search(settings, |trial| {
        turn = !turn;
        match trial.rate {
            rate if rate < 97.0 => Judged::Met,
            rate if rate < 103.0 => {
                if turn {
                    Judged::Met
                } else {
                    Judged::Broken
                }
            }
            rate if rate < 106.0 => Judged::Met,
            _ => Judged::Broken,
        }
    });
    let End::Bracket { lower, upper, .. } = end else { panic!("{end:?}") };
    assert!(lower < 97.0 && upper >= 106.0, "{lower} to {upper}");
}

#[test]
fn an_overload_that_the_server_does_not_get_over_is_told() {
    let mut wedged = false;
    let (end, trials) = search(settings(), |trial| {
        wedged |= trial.part == TrialPart::Overload;
        if wedged { Judged::Broken } else { limited(150.0)(trial) }
    });
    let End::Bracket { lower, recovery, .. } = end else { panic!("{end:?}") };
    let recovery = recovery.unwrap();
    assert_eq!(recovery.after, Judged::Broken);
    let [.., (overload, _), (descending, _), (again, _)] = trials.as_slice() else { panic!() };
    assert_eq!(again, descending);
    assert_eq!((overload.rate, descending.rate), (recovery.overload, lower));
    assert!(overload.rate > 150.0 * 1.2, "{overload:?}");
    // No overload that can be judged: the bracket stands without it.
    let (end, _) = search(settings(), |trial| {
        if trial.part == TrialPart::Overload { Judged::Invalid } else { limited(150.0)(trial) }
    });
    assert!(matches!(end, End::Bracket { recovery: None, .. }), "{end:?}");
}

#[test]
fn a_search_that_was_interrupted_goes_on_where_it_was() {
    let (end, trials) = search(settings(), limited(333.0));
    for cut in 0..trials.len() {
        let mut again = Search::new(settings());
        for (trial, judged) in &trials[..cut] {
            assert_eq!(again.next(), Step::Try(*trial));
            again.record(*trial, *judged, 15.0);
        }
        assert_eq!(again.next(), Step::Try(trials[cut].0));
    }
    assert!(matches!(end, End::Bracket { recovery: Some(Recovery { .. }), .. }));
}

#[test]
fn trials_and_time_are_bounded() {
    let few = CapacitySearch { trials_max: 7, ..settings() };
    let (end, trials) = search(few, limited(150.0));
    assert_eq!(trials.len(), 7);
    let End::Unfinished { lower: Some(lower), upper: Some(upper), reason } = end else { panic!("{end:?}") };
    assert!(lower <= 150.0 && upper > 150.0 && reason.contains("as many trials"), "{reason}");
    let short = CapacitySearch { time_max_s: 60.0, ..settings() };
    let (end, trials) = search(short, limited(150.0));
    assert!(matches!(end, End::Unfinished { reason, .. } if reason.contains("no time")) && trials.len() == 6);
}

#[test]
fn a_rate_stands_as_its_trials_say() {
    use Standing::{Lower, Open, Undecided, Upper};
    // Exceed ratio, lengths of trials that met and that broke, standing in the last round, where 10 s are full and 4 decide.
    let table: [(f64, &[f64], &[f64], Standing); 12] = [
        (0.0, &[], &[], Open),
        (0.0, &[5.0; 9], &[], Open),
        (0.0, &[10.0; 3], &[], Open),
        (0.0, &[10.0; 4], &[], Lower),
        (0.0, &[12.0; 4], &[5.0], Lower),
        (0.0, &[10.0; 3], &[10.0], Undecided),
        (0.0, &[], &[5.0, 10.0, 10.0], Open),
        (0.0, &[5.0], &[5.0, 7.0, 10.0, 10.0], Upper),
        (0.25, &[10.0; 3], &[], Lower),
        (0.25, &[10.0; 3], &[10.0], Lower),
        (0.25, &[10.0; 2], &[10.0], Open),
        (0.25, &[10.0; 2], &[10.0; 2], Undecided),
    ];
    for (exceed_ratio, met, broken, expected) in table {
        let settings = CapacitySearch { exceed_ratio, duration_sum_s: 40.0, ..settings() };
        let load = Load { met: met.to_vec(), broken: broken.to_vec(), ..Load::new(100.0) };
        let standing = load.standing(&levels(&settings)[2]);
        assert_eq!(standing, expected, "{exceed_ratio} {met:?} {broken:?}");
    }
}
