//! The samples in `reports/` are what the code writes, and what it says about itself is so. `UPDATE_GOLDEN=1 cargo test`
//! rewrites the samples.

use super::{FORMATS, Format, Style, format_named, hgrm, load};
use crate::analysis::{Exit, Owner};
use crate::ciba::Named;
use crate::record::{RunRecord, Span, Verdict, capacity_sample, sample};
use std::fs;
use std::path::PathBuf;

fn in_reports(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reports").join(name)
}

pub(super) fn golden(name: &str, bytes: &[u8]) {
    let path = in_reports("samples").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, bytes).unwrap();
    }
    let kept = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (kept, written) = (String::from_utf8(kept).unwrap(), std::str::from_utf8(bytes).unwrap());
    let differing = kept.lines().zip(written.lines()).find(|(kept, written)| kept != written);
    // Too much to be printed.
    assert!(
        kept == written,
        "reports/samples/{name} is another (UPDATE_GOLDEN=1 rewrites it): {differing:?}"
    );
}

fn rendered(format: &str, record: &RunRecord, style: &Style) -> Vec<u8> {
    (format_named(format).unwrap().render)(record, style).unwrap()
}

fn in_a_folder() -> Style {
    Style {
        folder: Some("reports/runs/2026-03-14T09-26-53Z-smoke".to_owned()),
        files: ["record.json", "report.txt", "report.html", "histograms/ack.hgrm"]
            .map(str::to_owned)
            .to_vec(),
        ..Style::default()
    }
}

#[test]
fn the_samples_are_what_is_written() {
    golden("table.txt", &rendered("table", &sample::complete(), &in_a_folder()));
    golden("table-passed.txt", &rendered("table", &sample::passed(), &in_a_folder()));
    golden("conformance.txt", &rendered("table", &sample::conformance(), &in_a_folder()));
    golden("conformance-passed.txt", &rendered("table", &sample::conformance_passed(), &in_a_folder()));
    golden("capacity.txt", &rendered("table", &capacity_sample::found(), &in_a_folder()));
    golden("capacity.md", &rendered("markdown", &capacity_sample::found(), &Style::default()));
    golden("conformance.json", &rendered("json", &sample::conformance(), &Style::default()));
    golden("traceability.csv", &rendered("traceability", &sample::conformance(), &Style::default()));
    golden("verdicts.txt", &rendered("verdicts", &sample::conformance(), &Style::default()));
    // One run with everything in it: what a gate hands to others.
    golden("junit.xml", &rendered("junit", &sample::gate(), &Style::default()));
    golden("report.md", &rendered("markdown", &sample::gate(), &Style::default()));
    for (name, bytes) in hgrm(&sample::passed()).unwrap().iter().filter(|(name, _)| name == "notify.hgrm") {
        golden(name, bytes);
    }
}

#[test]
fn a_record_on_disk_is_read_and_written_again_to_the_last_byte() {
    golden("record.json", &rendered("json", &sample::complete(), &Style::default()));
    let kept = fs::read(in_reports("samples/record.json")).unwrap();
    let record = load(&kept).unwrap();
    assert!(rendered("json", &record, &Style::default()) == kept);
    assert!(
        rendered("table", &record, &in_a_folder()) == rendered("table", &sample::complete(), &in_a_folder())
    );
}

fn every_record() -> Vec<RunRecord> {
    vec![
        sample::passed(),
        sample::complete(),
        sample::conformance(),
        sample::conformance_passed(),
        sample::gate(),
    ]
}

/// Searches for the capacity, one for each outcome.
fn searches() -> impl Iterator<Item = RunRecord> {
    capacity_sample::not_found().into_iter().chain([capacity_sample::found()])
}

/// What is left of a run that ended before anything happened, and runs that lack a part.
fn scanty() -> Vec<RunRecord> {
    let [mut bare, mut empty, mut no_samples] = [sample::passed(), sample::passed(), sample::passed()];
    (bare.load, bare.conformance) = (None, None);
    bare.gates.clear();
    bare.caveats.clear();
    let load = empty.load.as_mut().unwrap();
    load.counts.clear();
    load.spans.clear();
    load.stages.clear();
    load.intervals.clear();
    load.polling = Default::default();
    load.decisions.clear();
    empty.conformance = Some(Default::default());
    let load = no_samples.load.as_mut().unwrap();
    load.spans.clear();
    load.stages.iter_mut().for_each(|stage| stage.spans.clear());
    load.stages.iter_mut().for_each(|stage| stage.length_s = 0.0);
    vec![bare, empty, no_samples]
}

#[test]
fn every_format_writes_every_record_and_nothing_that_is_no_number() {
    for record in every_record().into_iter().chain(scanty()).chain(searches()) {
        for format in FORMATS {
            for (colour, width) in [(false, 100), (true, 100), (false, 0), (false, 200)] {
                let style = Style { colour, width, ..Style::default() };
                let text = String::from_utf8((format.render)(&record, &style).unwrap()).unwrap();
                assert!(
                    text.ends_with('\n') && ![" NaN", " inf"].iter().any(|odd| text.contains(odd)),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_section_with_nothing_in_it_says_so() {
    let texts: Vec<String> = scanty()
        .iter()
        .map(|record| String::from_utf8(rendered("table", record, &Style::default())).unwrap())
        .collect();
    for text in &texts {
        let blocks: Vec<&str> = text.split("\n\n").collect();
        assert!(blocks.iter().skip(2).all(|block| block.trim_end().lines().count() > 1), "{text}");
    }
    for (text, parts) in texts.iter().zip([
        &["nothing ran", "sets no thresholds", "not measured", "not observed", "Caveats\n  none"][..],
        &[
            "nothing ran",
            "before its first stage",
            "not observed",
            "not seen",
            "no flow ended",
            "nothing was sent",
        ],
        &["no samples: nothing was measured"],
    ]) {
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?}: {text}");
    }
}

#[test]
fn text_keeps_to_the_width_and_tables_to_a_hundred_columns() {
    for record in every_record() {
        let text = String::from_utf8(rendered("table", &record, &Style::default())).unwrap();
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 100, "{widest}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
        if record.load.is_none() {
            let narrow = Style { width: 80, ..Style::default() };
            let text = String::from_utf8(rendered("table", &record, &narrow)).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            continue;
        }
        let wide = Style { width: 200, ..Style::default() };
        let wide = String::from_utf8(rendered("table", &record, &wide)).unwrap();
        assert!(wide.contains(Span::Ack.about()) && !text.contains(Span::Ack.about()));
    }
}

#[test]
fn a_search_says_what_it_found_then_every_trial() {
    for record in searches() {
        let text = String::from_utf8(rendered("table", &record, &Style::default())).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let sections = ["ciba-bench capacity capacity", "\nCapacity", "\nTrials", "\nCaveats"];
        let places: Vec<usize> = sections.iter().map(|section| text.find(section).expect(section)).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(!text.contains("Gates") && !text.contains("Throughput"), "{text}");
        let read = load(&rendered("json", &record, &Style::default())).unwrap();
        assert_eq!(read, record);
    }
    for format in ["table", "markdown", "html"] {
        let text = String::from_utf8(rendered(format, &capacity_sample::found(), &Style::default())).unwrap();
        for part in [
            "between 147 and 154 flows/s",
            "hysteresis: after an overload of 193",
            "4cpu",
            "kubectl get nodes",
            "node/b",
            "memory of the server: 180 MB",
        ] {
            assert!(text.contains(part), "{format}: {part}: {text}");
        }
    }
}

#[test]
fn what_decides_comes_first() {
    let text = String::from_utf8(rendered("table", &sample::complete(), &Style::default())).unwrap();
    let sections = [
        "\n✗ violation",
        "\nGates",
        "\nGenerator",
        "\nCaveats",
        "\nThroughput",
        "\nConformance",
        "\nOutcomes",
        "\nExchanges",
        "\nSpans",
    ];
    let places: Vec<usize> = sections.iter().map(|section| text.find(section).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    for caveat in &sample::complete().caveats {
        assert!(text.contains(caveat.remedy()), "{caveat:?}");
    }
}

#[test]
fn a_conformance_report_says_first_what_must_be_repaired() {
    let record = sample::conformance();
    let text = String::from_utf8(rendered("table", &record, &Style::default())).unwrap();
    let sections = [
        "ciba-bench conformance core",
        "\n✗ violation",
        "\nChecks",
        "\nPolling interval and slow_down",
        "\nFailures",
        "\nWarnings",
        "\nObservations",
        "\nInconclusive",
        "\nBroken",
        "\nAnnounced deviations",
        "\nBaseline",
        "\nRequirements",
        "\nNot applicable",
        "\nLeft out",
        "\nCritical path",
    ];
    let places: Vec<usize> = sections.iter().map(|section| text.find(section).expect(section)).collect();
    assert!(places.is_sorted(), "{places:?}");
    for check in &record.suite().unwrap().checks {
        let named = text.contains(&check.id) || text.contains(&check.title);
        assert!(named || check.verdict == Verdict::Pass, "{}", check.id);
    }
    assert!(text.contains("13 of 21 observed"), "{text}");
    for absent in ["Throughput", "Gates", "\nConformance"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

/// What a server sends is shown by all formats and read by none of them as anything but text.
#[test]
fn nothing_that_a_server_sends_is_more_than_text() {
    for record in [sample::conformance(), sample::gate()] {
        for format in FORMATS {
            let text = String::from_utf8(rendered(format.name, &record, &Style::default())).unwrap();
            // Bare verdicts and figures show no answers.
            let shown = ["verdicts", "csv"].contains(&format.name) || text.contains("alert(");
            assert!(shown, "{}: the sample's answer is in it", format.name);
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}' || c == '\u{ffff}';
            // JSON escapes what it must; the record keeps the rest as it came.
            assert!(format.name == "json" || !text.contains(steers), "{}", format.name);
        }
    }
    let markdown = String::from_utf8(rendered("markdown", &sample::gate(), &Style::default())).unwrap();
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            Some(_) => {}
            None => assert!(!line.contains("<script") && !line.contains("<b>"), "{line}"),
        }
    }
    assert_eq!(fence, None);
}

#[test]
fn format_names_are_their_own() {
    for format in FORMATS {
        let same = |other: &&Format| other.name == format.name || other.file() == format.file();
        assert_eq!(FORMATS.iter().filter(same).count(), 1);
        assert!(!format.about.is_empty() && !format.extension.starts_with('.'));
    }
    assert!(format_named("tabel").is_none());
}

#[test]
fn the_readme_lists_every_exit_code_span_and_format() {
    let readme = fs::read_to_string(in_reports("README.md")).unwrap();
    for exit in Exit::ALL {
        let row = format!("| {} | {} | {} |", exit.code(), exit.word(), exit.about());
        assert!(readme.contains(&row), "missing: {row}");
    }
    for span in Span::ALL {
        let row = format!("| `{span}` | {} | {} |", span.about(), Owner::of(*span).name());
        assert!(readme.contains(&row), "missing: {row}");
    }
    for format in FORMATS {
        assert!(readme.contains(&format!("| `{}` | {} |", format.name, format.about)), "{}", format.name);
    }
    let rows = |column: &str| readme.lines().filter(|line| line.starts_with(column)).count();
    assert_eq!(rows("| `"), Span::ALL.len() + FORMATS.len());
}
