//! The samples of comparisons in `reports/samples/` are what the code writes. `UPDATE_GOLDEN=1 cargo test` rewrites them.

use super::sample::{baseline, changed};
use super::{COMPARISON_FORMATS, comparison_format_named};
use crate::analysis::Exit;
use crate::analysis::comparison::{Comparison, Difference, Doubt, Settings, Side, compare};
use crate::record::RunRecord;
use crate::report::Style;
use crate::report::golden::golden;
use std::sync::LazyLock;

fn side<'r>(letter: char, runs: &'r [RunRecord]) -> Side<'r> {
    let place = |at: usize| format!("reports/runs/{letter}{}", at + 1);
    Side { letter, runs: runs.iter().enumerate().map(|(at, run)| (place(at), run)).collect() }
}

fn compared(sides: &[Vec<RunRecord>], limits: &[&str]) -> Comparison {
    let sides: Vec<Side<'_>> = sides.iter().zip('A'..).map(|(runs, letter)| side(letter, runs)).collect();
    let limits = limits.iter().map(|limit| limit.parse().unwrap()).collect();
    // Drawing whole distributions takes long without optimisation; the page is looked at in a browser.
    compare(&sides, &Settings { limits, distributions: false, ..Settings::default() }).unwrap()
}

static SINGLE: LazyLock<Comparison> = LazyLock::new(single);
static REPEATED: LazyLock<Comparison> = LazyLock::new(repeated);

/// One run a side: every verdict, and limits of every outcome.
fn single() -> Comparison {
    let mut other = changed(2);
    other.seed = 7;
    other.environment.cores = 4;
    compared(
        &[vec![baseline(1)], vec![other]],
        &["ack p99 > 5%", "redeem p99 > 5%", "use_token p99 > 5%", "poll_denied p99 > 5%"],
    )
}

/// Four runs a side.
fn repeated() -> Comparison {
    compared(&[(1..=4).map(baseline).collect(), (11..=14).map(changed).collect()], &["ack p99 > 5%"])
}

fn rendered(format: &str, comparison: &Comparison) -> Vec<u8> {
    (comparison_format_named(format).unwrap().render)(comparison, &Style::default()).unwrap()
}

#[test]
fn the_samples_are_what_is_written() {
    golden("comparison.txt", &rendered("table", &SINGLE));
    golden("comparison.md", &rendered("markdown", &SINGLE));
    golden("comparison.json", &rendered("json", &SINGLE));
    golden("comparison-repeated.txt", &rendered("table", &REPEATED));
}

#[test]
fn the_sample_comes_to_every_verdict() {
    let comparison = &*SINGLE;
    let of = |figure: &str| {
        let figures = comparison.against[0].figures.iter();
        figures.clone().find(|of| of.figure.to_string() == figure).unwrap_or_else(|| panic!("{figure}"))
    };
    for (figure, difference) in [
        ("ack p99", Difference::Worse),
        ("ack mean", Difference::Worse),
        ("notify p50", Difference::Better),
        ("redeem p99", Difference::NoDifference),
        ("accept p50", Difference::Inconclusive),
        ("start p50", Difference::Worse),
        ("poll_denied p99", Difference::Inconclusive),
        ("use_token p99", Difference::Inconclusive),
        ("ack p99.9", Difference::Worse),
        ("error_rate", Difference::Worse),
        ("throughput", Difference::NoDifference),
        ("stale_polls", Difference::NoDifference),
    ] {
        assert_eq!(of(figure).difference, difference, "{:?}", of(figure));
    }
    let doubt = |figure: &str| of(figure).doubt.as_ref().unwrap().kind();
    assert_eq!(doubt("use_token p99"), "the interval reaches over the edge of the noise");
    assert_eq!(doubt("accept p50"), "too short a run for how slowly the figure drifts");
    assert_eq!(doubt("poll_denied p99"), "too few samples");
    assert!(of("start p50").stretches.is_some() && of("ack p50").stretches.is_none(), "too short, and gross");
    let ack = of("ack p99").ratio.unwrap();
    assert!(ack.low < 1.3 && 1.3 < ack.high && ack.high / ack.low < 1.1, "{ack:?}");
    let outcomes: Vec<u8> =
        comparison.against[0].limits.iter().map(|limit| limit.outcome.exit().code()).collect();
    assert_eq!(outcomes, [7, 0, 0, 6]);
    assert_eq!(comparison.exit(), Exit::Inconclusive);
}

#[test]
fn an_invalid_run_gives_no_verdict() {
    let mut other = changed(2);
    other.load.as_mut().unwrap().generator.invalid.push("flows began late".to_owned());
    let comparison = compared(&[vec![baseline(1)], vec![other]], &["ack p99 > 5%"]);
    let figures = &comparison.against[0].figures;
    assert!(figures.len() > 20 && figures.iter().all(|of| of.difference == Difference::Inconclusive));
    assert_eq!(comparison.exit(), Exit::Inconclusive);
    let text = String::from_utf8(rendered("table", &comparison)).unwrap();
    assert!(text.contains("inconclusive: nothing can be said of A and B"), "{text}");
    assert!(text.contains("B: invalid run: flows began late"), "{text}");
}

#[test]
fn few_repeated_runs_say_how_many_it_takes_and_must_not_overlap() {
    let apart = compared(&[(1..=2).map(baseline).collect(), vec![changed(5)]], &[]);
    let text = String::from_utf8(rendered("table", &apart)).unwrap();
    assert!(text.contains("of their ranks can show"), "{text}");
    let of = |comparison: &Comparison, name: &str| {
        let mut figures = comparison.against[0].figures.iter();
        figures.find(|of| of.figure.to_string() == name).unwrap().clone()
    };
    assert_eq!(of(&apart, "ack p99").difference, Difference::Worse);
    let mixed = compared(&[vec![baseline(1), changed(3)], vec![changed(5)]], &[]);
    let ack = of(&mixed, "ack mean");
    assert!(matches!(ack.doubt, Some(Doubt::RunsOverlap { .. })), "{ack:?}");
    let errors = REPEATED.against[0].figures.iter().find(|of| of.figure.to_string() == "error_rate").unwrap();
    assert_eq!(errors.difference, Difference::Worse, "{errors:?}");
    let ranks = of(&REPEATED, "ack p99").ranks.unwrap();
    assert!(ranks.p.is_some_and(|p| (p - 2.0 / 70.0).abs() < 1e-9), "{ranks:?}");
}

#[test]
fn every_format_writes_every_comparison() {
    let three = compared(&[vec![baseline(1)], vec![changed(2)], vec![baseline(3)]], &["ack p50 > 1%"]);
    for comparison in [&*SINGLE, &*REPEATED, &three] {
        for format in COMPARISON_FORMATS {
            let text = String::from_utf8((format.render)(comparison, &Style::default()).unwrap()).unwrap();
            assert!(text.ends_with('\n') && ![" NaN", " inf"].iter().any(|odd| text.contains(odd)), "{text}");
        }
        let text = String::from_utf8(rendered("table", comparison)).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 110, "{widest}: {text}");
    }
}

#[test]
fn whatever_a_record_says_stays_text() {
    let hostile = "</script><b>x|y`\u{1b}[2J\u{202e}";
    let mut other = changed(2);
    other.name = hostile.to_owned();
    other.target.issuer = hostile.to_owned();
    other.target.reference = false;
    other.load.as_mut().unwrap().generator.invalid.push(hostile.to_owned());
    let comparison = compared(&[vec![baseline(1)], vec![other]], &[]);
    for format in COMPARISON_FORMATS {
        let text = String::from_utf8(rendered(format.name, &comparison)).unwrap();
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(format.name == "json" || !text.contains(steers), "{}", format.name);
        if ["html", "markdown"].contains(&format.name) {
            assert!(!text.contains("<b>x"), "{}", format.name);
        }
    }
}

#[test]
fn the_same_records_give_the_same_comparison() {
    assert_eq!(*SINGLE, single());
}
