use super::SIZING_FORMATS;
use crate::analysis::sizing::{HEADROOM, Sizing};
use crate::record::sample_search;
use crate::report::Style;
use crate::report::golden::golden;

fn written(format: &str, sizing: &Sizing, style: &Style) -> String {
    let format = SIZING_FORMATS.iter().find(|of| of.name == format).unwrap();
    String::from_utf8((format.render)(sizing, style).unwrap()).unwrap()
}

#[test]
fn seven_sizes_side_by_side() {
    let sizing = Sizing::of(&sample_search::searches(), Some(900.0), HEADROOM).unwrap();
    golden("sizing.txt", written("table", &sizing, &Style::default()).as_bytes());
    golden("sizing.md", written("markdown", &sizing, &Style::default()).as_bytes());
}

#[test]
fn fewer_sizes_have_no_law_and_say_why() {
    let runs: Vec<_> = sample_search::searches().into_iter().take(2).collect();
    let sizing = Sizing::of(&runs, Some(90.0), 0.0).unwrap();
    let page = written("table", &sizing, &Style { width: 200, ..Style::default() });
    assert!(page.contains("none: a scaling law needs 6 sizes, these runs have 2"), "{page}");
    assert!(page.contains("90.0 flows/s: vcpu=2, at 1.20 an hour"), "{page}");
}

#[test]
fn every_form_says_the_same_and_nothing_that_is_no_number() {
    let all = sample_search::searches();
    for (runs, wanted) in
        [(&all[..], Some(100.0)), (&all[..], Some(9_000.0)), (&all[..3], None), (&all[6..], None)]
    {
        let sizing = Sizing::of(runs, wanted, HEADROOM).unwrap();
        let answer = super::answer(&sizing).sentence;
        for format in SIZING_FORMATS {
            let text = written(format.name, &sizing, &Style { width: 400, ..Style::default() });
            assert!(text.ends_with('\n') && ![" NaN", " inf"].iter().any(|odd| text.contains(odd)), "{text}");
            assert!(
                format.name == "json" || text.contains(answer.split(" (").next().unwrap()),
                "{answer}: {text}"
            );
        }
    }
}

#[test]
fn whatever_a_label_says_stays_text() {
    let hostile = "</script><b>x|y`\u{1b}[2J\u{202e}";
    let mut runs: Vec<_> = sample_search::searches().into_iter().take(2).collect();
    let capacity = runs[1].1.capacity.as_mut().unwrap();
    capacity.labels.insert("name".to_owned(), hostile.to_owned());
    capacity.thresholds.push(hostile.to_owned());
    runs[1].1.command.push(hostile.to_owned());
    let sizing = Sizing::of(&runs, Some(90.0), 0.0).unwrap();
    for format in SIZING_FORMATS {
        let text = written(format.name, &sizing, &Style::default());
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(format.name == "json" || !text.contains(steers), "{}", format.name);
        assert!(!["html", "markdown"].contains(&format.name) || !text.contains("<b>x"), "{}", format.name);
    }
}
