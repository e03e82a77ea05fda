//! The page of a comparison in a browser: its plots are drawn, can be read, and say what the comparison says.

use ciba_bench::analysis::comparison::{Comparison, Settings, Side, compare};
use ciba_bench::record::{RunRecord, Span};
use ciba_bench::report::{Style, comparison_format_named};
use serde_json::Value;

use crate::browser::Browser;
use crate::cli::Scratch;
use crate::compare::run;
use crate::report_page::{BEYOND, BLANK, SCREENS};

fn compared(runs: &[RunRecord]) -> Comparison {
    let sides: Vec<Side<'_>> = runs
        .iter()
        .zip('A'..)
        .map(|(run, letter)| Side { letter, runs: vec![(format!("runs/{letter}"), run)] })
        .collect();
    let limits = vec!["ack p99 > 5%".parse().unwrap()];
    compare(&sides, &Settings { limits, ..Settings::default() }).unwrap()
}

#[tokio::test]
async fn a_comparison_fits_a_phone_and_a_desk_and_its_plots_say_what_it_says() {
    let Some(browser) = Browser::with_scripts("compare").await else { return };
    let scratch = Scratch::new("compare-page");
    let comparison = compared(&[run(1, 1.0), run(2, 1.3), run(3, 0.9)]);
    let page = (comparison_format_named("html").unwrap().render)(&comparison, &Style::default()).unwrap();
    let url = format!("file://{}", scratch.file("comparison.html", &String::from_utf8(page).unwrap()));
    for (width, height) in SCREENS {
        for scheme in ["light", "dark"] {
            let what = format!("{width} px, {scheme}");
            browser.looks_like(width, height, scheme).await;
            browser.open(&url).await;
            assert_eq!(browser.evaluated(BEYOND).await, Value::Array(Vec::new()), "{what}");
            assert_eq!(browser.evaluated(BLANK).await, Value::Array(Vec::new()), "{what}");
            let drawn = browser.evaluated("return document.querySelectorAll('.plot .uplot').length;").await;
            assert_eq!(drawn, 4, "{what}: two spans, two plots each");
            assert_eq!(browser.console().await, [""; 0], "{what}");
            browser.screenshot(&format!("compare-{width}-{scheme}")).await;
        }
    }
    // The value at the left edge is that of the first percentile.
    let place = "const over = document.querySelector('#plot-shift-ack .u-over');
        over.scrollIntoView({ block: 'center', behavior: 'instant' });
        const { left, top, height } = over.getBoundingClientRect();
        return [left, top, height];";
    let place = browser.evaluated(place).await;
    let [left, top, height] = [0, 1, 2].map(|at| place[at].as_f64().unwrap());
    let at = (left + 1.0, top + height / 2.0);
    browser.point(at, at).await;
    let told = browser.texts("//*[@id='plot-shift-ack']//*[contains(@class, 'u-value')]").await;
    let shift = comparison.shifts.iter().find(|shift| shift.span == Span::Ack).unwrap();
    let of = |side: usize| shift.against[side][0].ratio.unwrap();
    let written = |value: f64| format!("{value:.3}");
    let expected =
        [of(0).measured, of(0).low, of(0).high, of(1).measured, of(1).low, of(1).high].map(written);
    assert_eq!(told[0], "p 10 %", "{told:?}");
    assert_eq!(told[1..], expected);
    browser.close().await;
}
