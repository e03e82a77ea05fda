//! The report of a search for the capacity in a browser: the trials in their order, and how the bounds close in.

use ciba_bench::analysis::unit;
use ciba_bench::record::RunRecord;
use ciba_bench::report::{Style, format_named};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cli::Scratch;
use crate::report_page::{BEYOND, BLANK, SCREENS};
use crate::report_plots::read;
use crate::sizing::record;

/// The series that a trial is a point of.
const SERIES: [&str; 4] = ["met", "missed", "undecided rate", "invalid"];

/// Part, rate, what the trial came to, and where the bounds were after it.
type Told = (&'static str, f64, &'static str, Option<f64>, Option<f64>);

/// Every verdict; of the deciding trials at 129.7 one held and one did not.
const TRIALS: [Told; 11] = [
    ("rough", 50.0, "met", Some(50.0), None),
    ("rough", 100.0, "met", Some(100.0), None),
    ("rough", 200.0, "missed", Some(100.0), Some(200.0)),
    ("narrowing", 141.4, "invalid", Some(100.0), Some(200.0)),
    ("narrowing", 141.4, "missed", Some(100.0), Some(141.4)),
    ("narrowing", 118.9, "met", Some(118.9), Some(141.4)),
    ("deciding", 118.9, "met", Some(118.9), Some(141.4)),
    ("deciding", 129.7, "undecided rate", Some(129.7), Some(141.4)),
    ("deciding", 129.7, "undecided rate", Some(118.9), Some(141.4)),
    ("overload", 176.8, "missed", Some(118.9), Some(141.4)),
    ("descending", 118.9, "met", Some(118.9), Some(141.4)),
];

fn search() -> RunRecord {
    let broken = json!({ "broken": { "threshold": "ack p99 < 250ms", "value": "612 ms" } });
    let mut whole = record(json!({ "vcpu": "4" }), 118.9);
    whole["load"] = Value::Null;
    let capacity = &mut whole["capacity"];
    let of_all = capacity["trials"][0].clone();
    let mut undecided = [json!("met"), broken.clone()].into_iter();
    let trials = TRIALS.map(|(part, rate, came_to, ..)| {
        let mut trial = of_all.clone();
        trial["part"] = json!(part);
        trial["rate_per_s"] = json!(rate);
        trial["verdict"] = match came_to {
            "met" => json!("met"),
            "missed" => broken.clone(),
            "invalid" => json!({ "invalid": { "reason": "the generator stood still" } }),
            _ => undecided.next().unwrap(),
        };
        trial
    });
    capacity["trials"] = json!(trials);
    capacity["search"]["exceed_ratio"] = json!(0.0);
    capacity["outcome"] = json!({ "found": {
        "lower_per_s": 118.9, "upper_per_s": 141.4, "conditional_per_s": 118.9, "first_broken": "ack p99 < 250ms"
    } });
    capacity["hysteresis"] = json!({ "overload_per_s": 176.8, "lower_per_s": 118.9, "after": "met" });
    serde_json::from_value(whole).unwrap()
}

fn written(scratch: &Scratch) -> String {
    let page = (format_named("html").unwrap().render)(&search(), &Style::default()).unwrap();
    format!("file://{}", scratch.file("report.html", &String::from_utf8(page).unwrap()))
}

#[tokio::test]
async fn a_search_fits_a_phone_and_a_desk_and_its_plot_says_what_each_trial_came_to() {
    let Some(browser) = Browser::with_scripts("capacity").await else { return };
    let scratch = Scratch::new("capacity-page");
    let url = written(&scratch);
    for (width, height) in SCREENS {
        for scheme in ["light", "dark"] {
            let what = format!("{width} px, {scheme}");
            browser.looks_like(width, height, scheme).await;
            browser.open(&url).await;
            assert_eq!(browser.evaluated(BEYOND).await, Value::Array(Vec::new()), "{what}");
            assert_eq!(browser.evaluated(BLANK).await, Value::Array(Vec::new()), "{what}");
            assert_eq!(browser.console().await, [""; 0], "{what}");
            browser.screenshot(&format!("capacity-{width}-{scheme}")).await;
        }
    }
    let said = browser.texts("//section[@id='capacity']").await.join(" ");
    for part in
        ["ack p99 < 250ms breaks first at the upper one", "no hysteresis: after an overload of 177 flows/s"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for (at, (part, rate, came_to, lower, upper)) in TRIALS.into_iter().enumerate() {
        let told = read(&browser, "trials", (at as f64 + 0.5) / TRIALS.len() as f64, 0.5).await;
        assert_eq!(told["trial"], format!("{}, {part}", at + 1));
        let shown = |value: Option<f64>| value.map_or(unit::NONE.to_owned(), unit::figure);
        let bounds = [&told["lower bound"], &told["upper bound"]];
        assert_eq!(bounds, [&shown(lower), &shown(upper)], "trial {}", at + 1);
        for series in SERIES {
            let expected = shown((series == came_to).then_some(rate));
            assert_eq!(told[series], expected, "trial {}: {series}", at + 1);
        }
    }
    browser.close().await;
}
