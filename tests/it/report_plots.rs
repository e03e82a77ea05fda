//! What a reader reads out of each plot of the HTML report, by pointing at it, is what the record says.

use std::collections::BTreeMap;
use std::fs;

use ciba_bench::analysis::{throughput, unit};
use ciba_bench::ciba::Named;
use ciba_bench::record::{
    Answered, IntervalRecord, LoadRecord, PingAnswer, RunRecord, Span, decode, samples_needed,
};
use ciba_bench::report::{Style, format_named, load};

use crate::browser::Browser;
use crate::cli::Scratch;

/// Answers to a token request that are none of the protocol's, or that did not come.
const UNANSWERED: [Answered; 8] = [
    Answered::Unavailable,
    Answered::ServerError,
    Answered::Unreadable,
    Answered::TooLarge,
    Answered::ConnectFailed,
    Answered::TimedOut,
    Answered::Broken,
    Answered::Cancelled,
];

/// Points of a plot of percentiles per power of ten.
const PER_DECADE: i32 = 20;

fn record() -> RunRecord {
    load(&fs::read(format!("{}/reports/samples/record.json", env!("CARGO_MANIFEST_DIR"))).unwrap()).unwrap()
}

/// What is read beside a plot when the pointer lies on it, right and down by these shares: by series, or a sentence.
pub async fn read(browser: &Browser, plot: &str, right: f64, down: f64) -> BTreeMap<String, String> {
    let place = browser
        .evaluated(&format!(
            "const over = document.querySelector('#plot-{plot} .u-over');
             over.scrollIntoView({{ block: 'center', behavior: 'instant' }});
             const {{ left, top, width, height }} = over.getBoundingClientRect();
             return [left + width * {right}, top + height * {down}];"
        ))
        .await;
    let at = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    browser.point(at, at).await;
    let told = browser
        .evaluated(&format!(
            "const told = {{}};
             for (const series of document.querySelectorAll('#plot-{plot} .u-series')) {{
               told[series.querySelector('.u-label').textContent] = series.querySelector('.u-value').textContent;
             }}
             const sentence = document.querySelector('#plot-{plot} output');
             if (sentence) told.sentence = sentence.textContent;
             return told;"
        ))
        .await;
    let told = told.as_object().unwrap().iter();
    told.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// What each series over time has to say of an interval.
fn over_time(load: &LoadRecord, plot: &str, series: &str, interval: &IntervalRecord) -> String {
    let counts = &interval.counts;
    let stage = &load.stages[interval.stage];
    let rate = |n: u64| unit::figure(n as f64 * 1e3 / interval.length_ms as f64);
    let token = |answered: Answered| rate(counts.token.get(answered));
    let tokens = counts.token.get(Answered::Tokens);
    let of_notify = |figure: &dyn Fn(&hdrhistogram::Histogram<u64>) -> Option<u64>| {
        let histogram = interval.spans.get(&Span::Notify).map(|text| decode(text).unwrap());
        histogram.and_then(|histogram| figure(&histogram))
    };
    let quantile = |q: f64| {
        let us =
            of_notify(&|notify| (notify.len() >= samples_needed(q)).then(|| notify.value_at_quantile(q)));
        us.map_or(unit::NONE.to_owned(), |us| unit::time_us(us as f64))
    };
    match (plot, series) {
        ("throughput", "flows asked") => {
            let middle = (interval.start_ms as f64 + interval.length_ms as f64 / 2.0) / 1e3;
            let done = (middle - stage.start_s) / stage.length_s;
            unit::figure(stage.asked_from + (stage.asked_to - stage.asked_from) * done)
        }
        ("throughput", "flows begun") => rate(counts.flows.started),
        ("throughput", "flows ended") => rate(counts.flows.outcomes.total()),
        ("throughput", "pings") => rate(counts.pings.get(PingAnswer::Accepted)),
        ("throughput", "dropped") => rate(counts.flows.dropped),
        ("throughput" | "polls", "tokens") => token(Answered::Tokens),
        ("polls", "pending") => token(Answered::AuthorizationPending),
        ("polls", "slow_down") => token(Answered::SlowDown),
        ("polls", "denied") => token(Answered::AccessDenied),
        ("polls", "expired") => token(Answered::ExpiredToken),
        ("polls", "no answer") => rate(UNANSWERED.iter().map(|answered| counts.token.get(*answered)).sum()),
        ("polls", "other error") => {
            use Answered::{AccessDenied, AuthorizationPending, ExpiredToken, SlowDown, Tokens};
            let told = [AuthorizationPending, Tokens, SlowDown, AccessDenied, ExpiredToken]
                .into_iter()
                .chain(UNANSWERED);
            rate(counts.token.total() - told.map(|answered| counts.token.get(answered)).sum::<u64>())
        }
        ("polls-per-token", "requests per token") => {
            unit::figure(counts.token.total() as f64 / tokens as f64)
        }
        ("polls-per-token", "tokens") => unit::count(tokens),
        ("in-flight", "in flight") => unit::count(interval.in_flight),
        ("in-flight", "Little's law") => {
            let predicted = throughput(load).stages[interval.stage].in_flight_predicted;
            let begun = stage.counts.flows.started > 0;
            predicted
                .filter(|_| begun)
                .map_or(unit::NONE.to_owned(), |flows| unit::count(flows.round() as u64))
        }
        ("notify-time", "p50") => quantile(0.5),
        ("notify-time", "p90") => quantile(0.9),
        ("notify-time", "p99") => quantile(0.99),
        ("notify-time", "max") => of_notify(&|notify| Some(notify.max()))
            .map_or(unit::NONE.to_owned(), |us| unit::time_us(us as f64)),
        ("notify-time", "samples") => {
            of_notify(&|notify| Some(notify.len())).map_or(unit::NONE.to_owned(), unit::count)
        }
        _ => panic!("nothing is known of series {series:?} of plot {plot:?}: say here what it has to show"),
    }
}

/// What each series over percentiles has to say at `x = 1 / (1 - p)`.
fn over_percentiles(load: &LoadRecord, series: &str, x: f64) -> String {
    let q = 1.0 - 1.0 / x;
    if series == "U(0, interval)" {
        let waited_us = q * 5e6;
        return if waited_us < 1.0 { unit::NONE.to_owned() } else { unit::time_us(waited_us) };
    }
    let span = Span::ALL.iter().copied().find(|span| span.to_string() == series).unwrap();
    let histogram = decode(&load.spans[&span].histogram).unwrap();
    let is_known = histogram.len() >= samples_needed(q);
    if is_known { unit::time_us(histogram.value_at_quantile(q) as f64) } else { unit::NONE.to_owned() }
}

#[tokio::test]
async fn the_values_read_out_of_each_plot_are_those_of_the_record() {
    let Some(browser) = Browser::with_scripts("plots").await else { return };
    let scratch = Scratch::new("report-plots");
    let record = record();
    let run = record.load.as_ref().unwrap();
    let page = (format_named("html").unwrap().render)(&record, &Style::default()).unwrap();
    browser.looks_like(1440, 900, "light").await;
    browser.open(&format!("file://{}", scratch.file("run.html", &String::from_utf8(page).unwrap()))).await;
    let plots = browser
        .evaluated("return JSON.parse(document.getElementById('data').textContent).plots.map((plot) => [plot.id, plot.kind, plot.x.length]);")
        .await;
    let end_ms = run.intervals.last().map(|last| last.start_ms + last.length_ms).unwrap() as f64;
    let (mut compared, mut kinds) = (0, BTreeMap::<String, u32>::new());
    for plot in plots.as_array().unwrap() {
        let (id, kind) = (plot[0].as_str().unwrap(), plot[1].as_str().unwrap());
        let points = usize::try_from(plot[2].as_u64().unwrap()).unwrap();
        *kinds.entry(kind.to_owned()).or_default() += 1;
        match kind {
            "heat" => compared += heat(&browser, run, id).await,
            _ if id == "server-memory" => compared += server_memory(&browser, run, end_ms).await,
            "percentiles" => {
                let last = 10_f64.powf((points - 1) as f64 / f64::from(PER_DECADE));
                for point in [0, 6, 20, 30, 40, points - 1] {
                    let x = 10_f64.powf(point as f64 / f64::from(PER_DECADE));
                    // Just beside the right edge there is no plot any more.
                    let right = (x.log10() / last.max(10.0).log10()).min(0.998);
                    let told = read(&browser, id, right, 0.5).await;
                    for (series, value) in told.iter().filter(|(name, _)| *name != "percentile") {
                        assert_eq!(*value, over_percentiles(run, series, x), "{id}, {series} at {x}");
                        compared += 1;
                    }
                }
            }
            _ => {
                assert_eq!(points, run.intervals.len(), "{id}");
                for interval in &run.intervals {
                    let middle = interval.start_ms as f64 + interval.length_ms as f64 / 2.0;
                    let told = read(&browser, id, middle / end_ms, 0.5).await;
                    for (series, value) in told.iter().filter(|(name, _)| *name != "time") {
                        assert_eq!(
                            *value,
                            over_time(run, id, series, interval),
                            "{id}, {series} at {} ms",
                            interval.start_ms
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 100 && kinds.len() == 5, "{compared} values of {kinds:?}");
    assert_eq!(browser.console().await, [""; 0]);
    browser.close().await;
}

/// Every sample of the server's memory.
async fn server_memory(browser: &Browser, load: &LoadRecord, end_ms: f64) -> u32 {
    let mut compared = 0;
    for sample in &load.server_memory.as_ref().unwrap().samples {
        // Just beside the edges there is no plot any more.
        let right = (sample.at_ms as f64 / end_ms).clamp(0.002, 0.998);
        let told = read(browser, "server-memory", right, 0.5).await;
        assert_eq!(told["memory"], unit::megabytes(sample.bytes as f64), "at {} ms", sample.at_ms);
        assert_eq!(told["flows under way"], unit::count(sample.in_flight), "at {} ms", sample.at_ms);
        compared += 2;
    }
    compared
}

/// All cells of the columns that have samples: each says how many of the interval's samples lie in it, and together they are all.
async fn heat(browser: &Browser, load: &LoadRecord, plot: &str) -> u32 {
    const DOWN: u32 = 110;
    let span = Span::ALL.iter().copied().find(|span| format!("heat-{span}") == plot).unwrap();
    let end_ms = load.intervals.last().map(|last| last.start_ms + last.length_ms).unwrap() as f64;
    let mut compared = 0;
    for interval in load.intervals.iter().filter(|interval| interval.spans.contains_key(&span)) {
        let all = decode(&interval.spans[&span]).unwrap().len();
        let middle = (interval.start_ms as f64 + interval.length_ms as f64 / 2.0) / end_ms;
        let mut cells = BTreeMap::new();
        for step in 0..DOWN {
            // Not on the very edges, beyond which there is no plot any more.
            let down = 0.005 + 0.99 * (f64::from(step) + 0.5) / f64::from(DOWN);
            let told = read(browser, plot, middle, down).await;
            let sentence = told["sentence"].replace(',', "");
            let (cell, counts) = sentence.split_once(": ").unwrap_or_else(|| panic!("{sentence:?}"));
            // Above and below all rows there is the interval's number alone.
            let (here, of) = counts.split_once(" of ").unwrap_or(("0", counts));
            assert_eq!(of, format!("{all} samples"), "{plot}");
            cells.insert(cell.to_owned(), here.parse::<u64>().unwrap());
        }
        assert_eq!(cells.values().sum::<u64>(), all, "{plot}: {cells:?}");
        compared += 1;
    }
    compared
}
