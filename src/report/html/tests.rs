use super::document::{UPLOT_CSS, UPLOT_JS, inert};
use super::figures;
use super::timeline::{POINTS_MAX, Timeline};
use crate::record::{Ended, IntervalRecord, RunRecord, Span, decode, sample};
use crate::report::{Style, format_named};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Largest file of a typical run, in bytes.
const TYPICAL_MAX: usize = 1 << 20;

fn page(record: &RunRecord) -> String {
    String::from_utf8((format_named("html").unwrap().render)(record, &Style::default()).unwrap()).unwrap()
}

fn between<'p>(page: &'p str, begin: &str, end: &str) -> Option<&'p str> {
    page.split_once(begin)?.1.split_once(end).map(|(inner, _)| inner)
}

fn data(page: &str) -> Option<Value> {
    let json = between(page, "<script id=\"data\" type=\"application/json\">", "</script>")?;
    Some(serde_json::from_str(json).unwrap())
}

#[test]
fn the_library_is_the_one_that_its_page_names() {
    let readme = include_str!("uplot/README.md");
    for (file, text) in [("uPlot.iife.min.js", UPLOT_JS), ("uPlot.min.css", UPLOT_CSS)] {
        let hex: String =
            digest(&SHA256, text.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
        assert!(readme.contains(&format!("| `{file}` | `{hex}` |")), "{file}: {hex}");
    }
    assert!(UPLOT_JS.contains("(v1.6.32)") && readme.starts_with("# uPlot 1.6.32\n"));
}

#[test]
fn whatever_a_server_says_stays_text() {
    let hostile = "</script><script>alert(1)</script><!-- <style> \u{2028} & \u{202e}";
    let mut record = sample::complete();
    record.name = hostile.to_owned();
    record.target.issuer = hostile.to_owned();
    record.profile = hostile.to_owned();
    record.command.push(hostile.to_owned());
    record.ended = Ended::Refused { reason: hostile.to_owned() };
    record.gates[0].expression = hostile.to_owned();
    let load = record.load.as_mut().unwrap();
    load.decisions.insert(hostile.to_owned(), 1);
    load.generator.invalid.push(hostile.to_owned());
    load.polling.intervals.insert(hostile.to_owned(), 1);
    load.stages.iter_mut().for_each(|stage| stage.name = hostile.to_owned());
    let violation = &mut record.conformance.as_mut().unwrap().violations[0];
    violation.sentence = hostile.to_owned();
    violation.clause = hostile.to_owned();
    violation.examples[0].detail = hostile.to_owned();
    violation.examples[0].exchange.as_mut().unwrap().body = hostile.to_owned();
    let page = page(&record);
    assert_eq!(page.matches("<script").count(), 2, "the data and the library");
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("<!--") && !page.contains('\u{202e}'));
    let stages = data(&page).unwrap()["stages"].take();
    assert!(stages[0]["name"].as_str().unwrap().starts_with("</script><script>alert(1)"), "{stages}");
}

#[test]
fn inert_json_reads_back_the_same() {
    let value = serde_json::json!({ "</script>": "<!-- & > \u{2028}\u{2029} \" \\" });
    let json = inert(&value.to_string());
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
}

#[test]
fn the_policy_allows_what_is_in_the_page_and_nothing_else() {
    for record in [sample::complete(), sample::conformance()] {
        let page = page(&record);
        let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").unwrap();
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
        let script = between(&page, "<script>", "</script>").unwrap_or_default();
        let style = between(&page, "<style>", "</style>").unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains(&format!("script-src {}", hash(script))), "{policy}");
        assert!(policy.contains(&format!("style-src {}", hash(style))), "{policy}");
        let markup = page.replace(script, "").replace(style, "");
        for outside in ["src=", "style=", "onclick", "<link", "<img", "href=\"http", "url("] {
            assert!(!markup.contains(outside), "{outside}");
        }
    }
}

#[test]
fn what_decides_comes_first_and_an_invalid_run_says_so_everywhere() {
    let page = page(&sample::complete());
    let parts = [
        "✗ INVALID",
        "<h1>",
        "id=\"thresholds\"",
        "id=\"generator\"",
        "id=\"server\"",
        "id=\"throughput\"",
        "id=\"waterfall\"",
        "id=\"notify\"",
        "id=\"tokens\"",
        "id=\"in-flight\"",
        "id=\"polls\"",
        "id=\"heat\"",
        "id=\"spans\"",
        "id=\"outcomes\"",
        "id=\"rules\"",
        "id=\"environment\"",
    ];
    let places: Vec<usize> = parts.iter().map(|part| page.find(part).expect(part)).collect();
    assert!(places.is_sorted(), "{places:?}");
    let marked = page.matches("✗ of an INVALID run: do not use").count();
    assert_eq!(marked, 11, "every section with figures of the load");
    let valid = self::page(&sample::passed());
    assert!(!valid.contains("INVALID") && valid.contains("header class=\"good\""));
}

#[test]
fn no_plot_is_empty_and_every_plot_has_its_place() {
    let mut bare = sample::passed();
    let load = bare.load.as_mut().unwrap();
    load.spans.clear();
    load.intervals.clear();
    let mut silent = sample::passed();
    let load = silent.load.as_mut().unwrap();
    load.spans.clear();
    load.intervals.iter_mut().for_each(|interval| interval.spans.clear());
    let records = [sample::complete(), sample::passed(), sample::gate(), sample::conformance(), bare, silent];
    let mut drawn = Vec::new();
    for record in records {
        let page = page(&record);
        let plots = data(&page).map_or_else(Vec::new, |data| data["plots"].as_array().unwrap().clone());
        for plot in &plots {
            let id = plot["id"].as_str().unwrap();
            assert_eq!(page.matches(&format!("data-plot=\"{id}\"")).count(), 1, "{id}");
            let points = plot["x"].as_array().unwrap().len();
            let series = plot["series"].as_array().unwrap();
            let of = |series: &Value| series["values"].as_array().unwrap().clone();
            assert!(points > 0 && series.iter().all(|series| of(series).len() == points), "{id}");
            let some = series.iter().any(|series| of(series).iter().any(Value::is_number));
            let cells = plot["cells"]["counts"].as_array().is_some_and(|cells| !cells.is_empty());
            assert!(some || cells, "{id}");
        }
        assert_eq!(page.matches("<figure class=\"plot\"").count(), plots.len());
        drawn.push(plots.len());
    }
    assert_eq!(drawn, [10, 9, 9, 0, 0, 4]);
}

#[test]
fn a_run_that_ended_before_its_first_interval_keeps_what_it_has() {
    let mut record = sample::complete();
    record.ended = Ended::Aborted { reason: "violations == 0 no longer held after 2 s".to_owned() };
    record.load.as_mut().unwrap().intervals.clear();
    let page = page(&record);
    let data = data(&page).unwrap();
    let drawn: Vec<&str> =
        data["plots"].as_array().unwrap().iter().map(|plot| plot["id"].as_str().unwrap()).collect();
    assert_eq!(drawn, ["server-memory", "notify-percentiles", "token-percentiles"], "nothing of the log");
    assert!(page.contains("the run ended before its first interval"));
    assert!(page.contains("violations == 0 no longer held after 2 s"));
}

#[test]
fn many_intervals_become_few_points_and_nothing_is_lost() {
    let mut record = sample::passed();
    let load = record.load.as_mut().unwrap();
    let steady: IntervalRecord = load.intervals[1].clone();
    load.intervals = (0..3 * POINTS_MAX as u64 + 7)
        .map(|at| IntervalRecord {
            start_ms: at * 1000,
            length_ms: 1000,
            stage: usize::from(at > 100) + usize::from(at > 1500),
            in_flight: at,
            ..steady.clone()
        })
        .collect();
    let load = record.load.as_ref().unwrap();
    let timeline = Timeline::new(load, POINTS_MAX);
    assert!(timeline.points.len() <= POINTS_MAX + load.stages.len(), "{}", timeline.points.len());
    let started: u64 = timeline.points.iter().map(|point| point.counts.flows.started).sum();
    assert_eq!(started, steady.counts.flows.started * load.intervals.len() as u64);
    let (_, from, to) = timeline.times();
    assert!(from.iter().skip(1).zip(&to).all(|(next, end)| next == end), "no gap between points");
    // The extremes survive, and so does every sample.
    assert_eq!(timeline.points[0].in_flight(), (0, 3));
    let one = decode(&steady.spans[&Span::Notify]).unwrap();
    let merged = timeline.points[0].histogram(&[Span::Notify]).unwrap().unwrap();
    assert_eq!((merged.len(), merged.max()), (one.len() * 4, one.max()));
    assert!(page(&record).len() < TYPICAL_MAX);
}

#[test]
fn a_broken_histogram_of_the_log_names_its_span() {
    let mut record = sample::passed();
    record.load.as_mut().unwrap().intervals[1].spans.insert(Span::Ack, "AAAA".to_owned());
    let error = (format_named("html").unwrap().render)(&record, &Style::default()).unwrap_err();
    assert!(error.to_string().contains("span ack"), "{error}");
}

#[test]
fn a_table_of_many_columns_names_each_cell() {
    let columns = [figures::Column::Text("a"), figures::Column::Number("b")];
    let row = || vec![figures::plain("1 < 2"), figures::plain("\u{1b}[2J")];
    let table = figures::table(&columns, [row()]).into_string();
    assert!(table.contains("<td data-head=\"a\">1 &lt; 2</td>"), "{table}");
    assert!(table.contains("<td class=\"n\" data-head=\"b\">\\u{1b}[2J</td>"), "{table}");
}
