use super::document::Document;
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use super::timeline::{Timeline, unreadable};
use crate::analysis::unit;
use crate::record::{LoadRecord, PollingSeen, Span, Summary, decode, samples_needed};
use crate::report::RenderError;
use hdrhistogram::Histogram;
use maud::html;

/// Points per decade of 1 / (1 - p).
const POINTS_PER_DECADE: u32 = 20;

/// The last decade that is drawn: p99.9999.
const DECADES_MAX: u32 = 6;

/// The interval that holds where an acknowledgement names none (CIBA Core 1.0, 7.3), in seconds.
const INTERVAL_DEFAULT_S: f64 = 5.0;

/// How long an approval takes to reach the client: until the notification, and until the tokens.
pub(super) fn write(document: &mut Document, load: &LoadRecord) -> Result<(), RenderError> {
    if let Some(notify) = load.spans.get(&Span::Notify) {
        let percentiles = document.plot(notify_percentiles(notify)?);
        let over_time = notify_over_time(load, notify.count)?.map(|plot| document.plot(plot));
        let body = html! { (percentiles) @if let Some(plot) = over_time { (plot) } };
        let remark = "notify: decision sent → ping or push arrives";
        document.measured("notify", "Approval to notification", remark, body);
    }
    if let Some(total) = load.spans.get(&Span::ApproveToToken) {
        let plot = document.plot(token_percentiles(load)?);
        let body = html! {
            (plot)
            @if let Some(line) = without_pacing(load, total) { p { (line) } }
            p.quiet {
                "Without pacing, an approval takes accept and redeem, and what a decision needs to become visible: the two curves are what \
                 the server can be asked to shorten. The record has no figure per flow that could be taken off the total, flow by flow; the \
                 means are exact."
            }
        };
        let remark = "approve_to_token: decision sent → tokens in hand";
        document.measured("tokens", "Approval to tokens", remark, body);
    }
    Ok(())
}

fn notify_percentiles(notify: &Summary) -> Result<Plot, RenderError> {
    let x = grid(notify.count);
    let values = quantiles(&histogram(Span::Notify, notify)?, &x);
    Ok(Plot {
        id: "notify-percentiles".to_owned(),
        title: "Approval to notification by percentile".to_owned(),
        remark: format!("{} samples; a percentile needs 3 / (1 - p) of them", unit::count(notify.count)),
        kind: Kind::Percentiles,
        x,
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Time,
        series: vec![Series { name: "notify", unit: Unit::Time, look: Look::Line, colour: 1, values }],
        more: More::default(),
    })
}

/// Nothing where the log has no samples: that of a run which ended before its first interval.
fn notify_over_time(load: &LoadRecord, samples: u64) -> Result<Option<Plot>, RenderError> {
    let timeline = Timeline::of_latencies(load, samples);
    let merged: Vec<Option<Histogram<u64>>> =
        timeline.points.iter().map(|point| point.histogram(&[Span::Notify])).collect::<Result<_, _>>()?;
    if merged.iter().all(Option::is_none) {
        return Ok(None);
    }
    let each = |figure: &dyn Fn(&Histogram<u64>) -> Option<f64>| {
        merged.iter().map(|histogram| figure(histogram.as_ref()?)).collect()
    };
    let quantile = |q: f64| each(&|histogram| quantile(histogram, q));
    let line = |name, look, colour, values| Series { name, unit: Unit::Time, look, colour, values };
    let (count, total) = (
        each(&|histogram| Some(histogram.len() as f64)),
        merged.iter().flatten().map(|histogram| histogram.len()).sum(),
    );
    let series = vec![
        line("p50", Look::Line, 1, quantile(0.5)),
        line("p90", Look::Line, 3, quantile(0.9)),
        line("p99", Look::Line, 2, quantile(0.99)),
        line("max", Look::Dotted, 7, each(&|histogram| Some(histogram.max() as f64))),
        Series { name: "samples", unit: Unit::Count, look: Look::Told, colour: 7, values: count },
    ];
    let (x, from, to) = timeline.times();
    Ok(Some(Plot {
        id: "notify-time".to_owned(),
        title: "Approval to notification over time".to_owned(),
        remark: format!("{} samples, warm-up included; {}", unit::count(total), timeline.in_words()),
        kind: Kind::TimeLog,
        x,
        from,
        to,
        unit: Unit::Time,
        series,
        more: More::default(),
    }))
}

fn token_percentiles(load: &LoadRecord) -> Result<Plot, RenderError> {
    let shown = [
        (Span::ApproveToToken, "approve_to_token", Look::Line, 1),
        (Span::Pacing, "pacing", Look::Line, 6),
        (Span::Accept, "accept", Look::Line, 4),
        (Span::Redeem, "redeem", Look::Line, 3),
    ];
    let most = shown.iter().filter_map(|(span, ..)| Some(load.spans.get(span)?.count)).max().unwrap_or(0);
    let x = grid(most);
    let mut series = Vec::new();
    let mut counts = Vec::new();
    for (span, name, look, colour) in shown {
        let Some(summary) = load.spans.get(&span) else { continue };
        counts.push(format!("{name} {}", unit::count(summary.count)));
        let values = quantiles(&histogram(span, summary)?, &x);
        series.push(Series { name, unit: Unit::Time, look, colour, values });
    }
    if let Some(interval_s) = interval_s(&load.polling) {
        // What a client that polls every `interval` seconds waits on average if approvals come at any moment.
        let waits = |x: &f64| Some((1.0 - 1.0 / x) * interval_s * 1e6).filter(|us| *us >= 1.0);
        series.push(Series {
            name: "U(0, interval)",
            unit: Unit::Time,
            look: Look::Dashed,
            colour: 7,
            values: x.iter().map(waits).collect(),
        });
    }
    Ok(Plot {
        id: "token-percentiles".to_owned(),
        title: "Approval to tokens by percentile".to_owned(),
        remark: format!(
            "samples: {}; dashed: a poll that comes at any moment of the interval, as theory has it",
            counts.join(", ")
        ),
        kind: Kind::Percentiles,
        x,
        from: Vec::new(),
        to: Vec::new(),
        unit: Unit::Time,
        series,
        more: More::default(),
    })
}

/// `mean 2.45 s, of which 2.44 s are pacing: 4.2 ms without it`.
fn without_pacing(load: &LoadRecord, total: &Summary) -> Option<String> {
    let pacing = load.spans.get(&Span::Pacing)?;
    let per_flow = pacing.mean_us * pacing.count as f64 / total.count as f64;
    let rest = total.mean_us - per_flow;
    (rest >= 0.0).then(|| {
        format!(
            "Mean {} per approval ({} samples), of which {} are pacing ({} samples): {} without it.",
            unit::time_us(total.mean_us),
            unit::count(total.count),
            unit::time_us(per_flow),
            unit::count(pacing.count),
            unit::time_us(rest)
        )
    })
}

/// The interval that most acknowledgements named, in seconds; nothing where none was read.
fn interval_s(seen: &PollingSeen) -> Option<f64> {
    let (interval, _) = seen.intervals.iter().max_by_key(|(_, n)| **n)?;
    Some(interval.parse().unwrap_or(INTERVAL_DEFAULT_S))
}

fn histogram(span: Span, summary: &Summary) -> Result<Histogram<u64>, RenderError> {
    decode(&summary.histogram).map_err(|source| unreadable(span, source))
}

/// Values of 1 / (1 - p), evenly spaced on a logarithmic axis, as far as that many samples reach.
fn grid(samples: u64) -> Vec<f64> {
    let steps = 0..=POINTS_PER_DECADE * DECADES_MAX;
    let grid = steps.map(|step| 10_f64.powf(f64::from(step) / f64::from(POINTS_PER_DECADE)));
    grid.take_while(|x| samples >= samples_needed(quantile_at(*x))).collect()
}

fn quantile_at(x: f64) -> f64 {
    1.0 - 1.0 / x
}

fn quantiles(histogram: &Histogram<u64>, x: &[f64]) -> Vec<Option<f64>> {
    x.iter().map(|x| quantile(histogram, quantile_at(*x))).collect()
}

/// A quantile in µs; nothing without enough samples behind it.
fn quantile(histogram: &Histogram<u64>, q: f64) -> Option<f64> {
    (histogram.len() >= samples_needed(q)).then(|| histogram.value_at_quantile(q) as f64)
}
