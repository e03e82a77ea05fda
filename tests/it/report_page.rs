//! The HTML report in a browser: its plots are drawn and can be used, nothing is cut off, and nothing is complained about.

use std::collections::BTreeMap;
use std::fs;

use ciba_bench::record::{AUTH_SERVICE_STANDARD, Ended, RunRecord};
use ciba_bench::report::{Style, format_named, load};
use serde_json::Value;

use crate::browser::{Browser, ENTER};
use crate::cli::Scratch;

/// Width and height of a phone and of a desk, in CSS pixels.
pub const SCREENS: [(u64, u64); 2] = [(360, 740), (1440, 900)];

/// What lies beyond the right edge of the screen.
pub const BEYOND: &str = "return [...document.querySelectorAll('body *')]
    .filter((e) => !e.closest('.u-over, .u-under') && e.getBoundingClientRect().right > innerWidth + 0.5)
    .map((e) => e.outerHTML.slice(0, 120));";

/// Plots whose picture has nothing but paper where their curves should be.
pub const BLANK: &str = "return [...document.querySelectorAll('.plot')].filter((plot) => {
      const canvas = plot.querySelector('.uplot canvas');
      if (!canvas) return true;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] > 60 && Math.max(...data.slice(at, at + 3)) - Math.min(...data.slice(at, at + 3)) > 40) {
          colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
        }
      }
      return colours.size === 0;
    }).map((plot) => plot.id);";

fn sample(name: &str) -> RunRecord {
    let path = format!("{}/reports/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    load(&fs::read(path).unwrap()).unwrap()
}

/// Every kind of run, by a name for its pictures.
fn records() -> BTreeMap<&'static str, RunRecord> {
    let suite = sample("conformance.json");
    let [loaded, mut gate, mut cut_off, mut aborted] = [(); 4].map(|()| sample("record.json"));
    gate.conformance = suite.conformance.clone();
    cut_off.ended = Ended::CutOff { reason: "the log ends after 9 s".to_owned() };
    let load = cut_off.load.as_mut().unwrap();
    load.spans.clear();
    load.intervals.truncate(1);
    aborted.ended = Ended::Aborted { reason: "violations == 0 no longer held".to_owned() };
    let load = aborted.load.as_mut().unwrap();
    load.intervals.clear();
    load.stages.clear();
    let mut judge = suite.clone();
    judge.conformance.as_mut().unwrap().suite.as_mut().unwrap().selection.standard =
        AUTH_SERVICE_STANDARD.to_owned();
    [
        ("load", loaded),
        ("gate", gate),
        ("cut-off", cut_off),
        ("aborted", aborted),
        ("conformance", suite),
        ("judge", judge),
    ]
    .into()
}

fn written(scratch: &Scratch, name: &str, record: &RunRecord) -> String {
    let page = (format_named("html").unwrap().render)(record, &Style::default()).unwrap();
    format!("file://{}", scratch.file(&format!("{name}.html"), &String::from_utf8(page).unwrap()))
}

#[tokio::test]
async fn every_report_fits_a_phone_and_a_desk_by_day_and_by_night() {
    let Some(browser) = Browser::with_scripts("report").await else { return };
    let scratch = Scratch::new("report-page");
    for (name, record) in records() {
        let url = written(&scratch, name, &record);
        for (width, height) in SCREENS {
            for scheme in ["light", "dark"] {
                let what = format!("{name} at {width} px, {scheme}");
                browser.looks_like(width, height, scheme).await;
                browser.open(&url).await;
                let wide = "return document.documentElement.scrollWidth - innerWidth;";
                assert!(browser.evaluated(wide).await.as_i64().unwrap() <= 0, "{what}");
                assert_eq!(browser.evaluated(BEYOND).await, Value::Array(Vec::new()), "{what}");
                assert_eq!(browser.evaluated(BLANK).await, Value::Array(Vec::new()), "{what}");
                let plots =
                    browser.evaluated("return document.querySelectorAll('.plot .uplot').length;").await;
                let drawn = plots.as_u64().unwrap();
                assert_eq!(drawn > 3, ["load", "gate", "cut-off"].contains(&name), "{what}: {drawn}");
                assert_eq!(browser.console().await, [""; 0], "{what}");
                browser.screenshot(&format!("report-{name}-{width}-{scheme}")).await;
            }
        }
    }
    browser.close().await;
}

/// Where the drawing of the throughput lies on the screen: left, top, width, height.
async fn drawing(browser: &Browser) -> [f64; 4] {
    let place = "const over = document.querySelector('#plot-throughput .u-over');
        over.scrollIntoView({ block: 'center', behavior: 'instant' });
        const { left, top, width, height } = over.getBoundingClientRect();
        return [left, top, width, height];";
    let place = browser.evaluated(place).await;
    [0, 1, 2, 3].map(|at| place[at].as_f64().unwrap())
}

async fn values(browser: &Browser) -> Vec<String> {
    browser.texts("//*[@id='plot-throughput']//*[contains(@class, 'u-value')]").await
}

#[tokio::test]
async fn a_plot_is_read_by_the_pointer_zoomed_and_its_series_are_switched() {
    let Some(browser) = Browser::with_scripts("plot").await else { return };
    let scratch = Scratch::new("report-plot");
    browser.looks_like(1440, 900, "light").await;
    browser.open(&written(&scratch, "load", &sample("record.json"))).await;
    let [left, top, width, height] = drawing(&browser).await;
    let at = |share: f64| (left + width * share, top + height / 2.0);

    browser.point(at(0.02), at(0.02)).await;
    let first = values(&browser).await;
    assert!(first[0].starts_with("0 s to ") && first[1..].iter().any(|value| value != "-"), "{first:?}");
    browser.point(at(0.98), at(0.98)).await;
    let last = values(&browser).await;
    assert_ne!(first[0], last[0]);

    // Dragged over the second half, its begin is at the left edge; a double click shows the whole again.
    browser.point(at(0.5), at(0.99)).await;
    browser.point(at(0.02), at(0.02)).await;
    let zoomed = values(&browser).await;
    assert!(zoomed[0] != first[0] && !zoomed[0].is_empty(), "{zoomed:?}");
    browser
        .evaluated(
            "document.querySelector('#plot-throughput .u-over').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));",
        )
        .await;
    browser.point(at(0.02), at(0.02)).await;
    assert_eq!(values(&browser).await[0], first[0]);

    let off = "return document.querySelectorAll('#plot-throughput .u-off').length;";
    assert_eq!(browser.evaluated(off).await, 0);
    let names = "//*[@id='plot-throughput']//tr[contains(@class, 'u-series')][3]/th";
    browser.evaluated("document.querySelector('#plot-throughput .u-series:nth-child(3) th').focus();").await;
    assert_eq!(browser.announced(names).await[0].0, "button");
    browser.press(ENTER).await;
    assert_eq!(browser.evaluated(off).await, 1);
    assert_eq!(browser.console().await, [""; 0]);
    browser.close().await;
}
