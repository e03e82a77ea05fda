//! The page of several sizes side by side in a browser: its plots are drawn, and read out of them is what was measured.

use ciba_bench::analysis::sizing::{EXTRAPOLATION_MAX, HEADROOM, Sizing};
use ciba_bench::analysis::unit;
use ciba_bench::record::RunRecord;
use ciba_bench::report::{SIZING_FORMATS, Style};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cli::Scratch;
use crate::report_page::{BEYOND, BLANK, SCREENS};
use crate::report_plots::read;
use crate::sizing::record;

/// What the page is made of: as many sizes as a scaling law needs, one with an answer that is no bracket, or none with a number.
struct Page {
    name: &'static str,
    sizing: Sizing,
    plots: u64,
}

fn named(records: Vec<Value>) -> Vec<(String, RunRecord)> {
    let run = |record: Value| serde_json::from_value(record).unwrap();
    records.into_iter().enumerate().map(|(at, record)| (format!("runs/{at}"), run(record))).collect()
}

fn pages() -> Vec<Page> {
    let sizes = [(1, 100.0), (2, 190.0), (4, 355.0), (6, 500.0), (8, 625.0), (12, 830.0)];
    let mut seven: Vec<Value> =
        sizes.map(|(vcpu, lower)| record(json!({ "vcpu": vcpu.to_string(), "nodes": "1" }), lower)).into();
    let mut bound = record(json!({ "vcpu": "16", "nodes": "1" }), 900.0);
    bound["capacity"]["outcome"] =
        json!({ "generator_bound": { "at_per_s": 990.0, "met_per_s": 900.0, "reason": "flows began late" } });
    seven.push(bound);
    let long = "a deployment with quite a long name of its own, of which a phone shows little";
    let unnumbered = vec![record(json!({ "name": long }), 100.0), record(json!({ "name": "large" }), 180.0)];
    let of = |records, wanted| Sizing::of(&named(records), wanted, HEADROOM).unwrap();
    vec![
        Page { name: "seven", sizing: of(seven, Some(300.0)), plots: 3 },
        Page { name: "unnumbered", sizing: of(unnumbered, None), plots: 1 },
    ]
}

fn written(scratch: &Scratch, page: &Page) -> String {
    let format = SIZING_FORMATS.iter().find(|format| format.name == "html").unwrap();
    let bytes = (format.render)(&page.sizing, &Style::default()).unwrap();
    format!("file://{}", scratch.file(&format!("{}.html", page.name), &String::from_utf8(bytes).unwrap()))
}

#[tokio::test]
async fn sizes_fit_a_phone_and_a_desk_by_day_and_by_night() {
    let Some(browser) = Browser::with_scripts("sizing").await else { return };
    let scratch = Scratch::new("sizing-page");
    for page in pages() {
        let url = written(&scratch, &page);
        for (width, height) in SCREENS {
            for scheme in ["light", "dark"] {
                let what = format!("{} at {width} px, {scheme}", page.name);
                browser.looks_like(width, height, scheme).await;
                browser.open(&url).await;
                assert_eq!(browser.evaluated(BEYOND).await, Value::Array(Vec::new()), "{what}");
                assert_eq!(browser.evaluated(BLANK).await, Value::Array(Vec::new()), "{what}");
                let drawn =
                    browser.evaluated("return document.querySelectorAll('.plot .uplot').length;").await;
                assert_eq!(drawn, page.plots, "{what}");
                assert_eq!(browser.console().await, [""; 0], "{what}");
                browser.screenshot(&format!("sizing-{}-{width}-{scheme}", page.name)).await;
            }
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn what_is_read_out_of_the_plots_is_what_was_measured() {
    let Some(browser) = Browser::with_scripts("sizing plots").await else { return };
    let scratch = Scratch::new("sizing-plots");
    let [seven, unnumbered] = &pages()[..] else { panic!("two pages") };
    browser.looks_like(1440, 900, "light").await;
    browser.open(&written(&scratch, seven)).await;
    let sizing = &seven.sizing;
    let first = browser.texts("//h1").await;
    assert_eq!(first, ["✓ 300 flows/s: nodes=1,vcpu=6, at 5.00 an hour"]);

    let largest = sizing.sizes.last().and_then(|size| size.number()).unwrap();
    for size in &sizing.sizes {
        let told = read(&browser, "capacity", size.number().unwrap() / (largest * 1.08), 0.5).await;
        assert_eq!(
            (&told["vCPU"], &told["held at"]),
            (&size.name(), &unit::figure(size.measured.lower().unwrap()))
        );
        let broke = if size.number() == Some(largest) {
            "-".to_owned()
        } else {
            unit::figure(size.measured.lower().unwrap() * 1.05)
        };
        assert_eq!(told["broke at"], broke, "{}", size.name());
    }
    let steps = sizing.steps.len();
    assert_eq!(steps, 5);
    for (at, step) in sizing.steps.iter().enumerate() {
        let told = read(&browser, "efficiency", (at as f64 + 0.5) / steps as f64, 0.5).await;
        let number = |index: usize| sizing.sizes[index].number().unwrap();
        assert_eq!(told["step"], format!("{} → {}", number(step.from), number(step.to)));
        for (series, value) in
            [("efficiency", step.efficiency), ("at least", step.range.0), ("at most", step.range.1)]
        {
            let percent: f64 = told[series].strip_suffix(" %").unwrap().parse().unwrap();
            assert!((percent - value * 100.0).abs() < 0.051, "{series}: {told:?}, {value}");
        }
    }
    let law = sizing.law.as_ref().unwrap();
    let end = law.largest * EXTRAPOLATION_MAX;
    assert_eq!(end, 18.0, "the size that only the generator limited takes no part");
    for size in sizing.sizes.iter().filter(|size| size.number() < Some(16.0)) {
        let number = size.number().unwrap();
        let told = read(&browser, "law", number / end, 0.5).await;
        let lower = size.measured.lower().unwrap();
        assert_eq!(told["measured"], unit::figure((lower * lower * 1.05).sqrt()), "{told:?}");
        assert_eq!(told["scaling law"], unit::figure(law.capacity_of(number).unwrap()), "{told:?}");
    }
    // As far as may be predicted, and no farther.
    let told = read(&browser, "law", 0.998, 0.5).await;
    assert_eq!((&told["vCPU"], &told["measured"]), (&unit::figure(end), &"-".to_owned()));
    assert_eq!(told["scaling law"], unit::figure(law.capacity_of(end).unwrap()));

    browser.open(&written(&scratch, unnumbered)).await;
    let first = browser.texts("//h1").await;
    assert_eq!(first, ["✓ most of all sizes: name=large, the thresholds held at 180 flows/s"]);
    for (at, size) in unnumbered.sizing.sizes.iter().enumerate() {
        let told = read(&browser, "capacity", (at as f64 + 0.5) / 2.0, 0.5).await;
        assert_eq!(
            (&told["size"], &told["held at"]),
            (&size.name(), &unit::figure(size.measured.lower().unwrap()))
        );
    }
    let why = browser.texts("//section[@id='law']//p").await;
    assert!(why[0].contains("none: a scaling law needs the size of each run as a number"), "{why:?}");
    assert_eq!(browser.console().await, [""; 0]);
    browser.close().await;
}
