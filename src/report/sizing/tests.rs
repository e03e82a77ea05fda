use super::{markdown, terminal};
use crate::analysis::sizing::{HEADROOM, Sizing};
use crate::record::sample_search;
use crate::report::Style;
use crate::report::golden::golden;

#[test]
fn seven_sizes_side_by_side() {
    let sizing = Sizing::of(&sample_search::searches(), Some(900.0), HEADROOM).unwrap();
    golden("sizing.txt", terminal(&sizing, &Style::default()).as_bytes());
    golden("sizing.md", markdown(&sizing).as_bytes());
}

#[test]
fn fewer_sizes_have_no_law_and_say_why() {
    let runs: Vec<_> = sample_search::searches().into_iter().take(2).collect();
    let sizing = Sizing::of(&runs, Some(90.0), 0.0).unwrap();
    let page = terminal(&sizing, &Style { width: 200, ..Style::default() });
    assert!(page.contains("none: a scaling law needs 6 sizes, these runs have 2"), "{page}");
    assert!(page.contains("90.0 flows/s: vcpu=2, at 1.20 an hour"), "{page}");
}
