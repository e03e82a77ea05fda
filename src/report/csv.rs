use super::{Format, RenderError, Style};
use crate::ciba::Named as _;
use crate::record::{Counts, Endpoint, IntervalRecord, LoadRecord, RunRecord, Span, Summary, decode};
use std::fmt::{Display, Write as _};

/// The format's row in the list of formats.
pub(super) const FORMAT: Format = Format {
    name: "csv",
    stem: "series",
    extension: "csv",
    about: "every figure of a load in one tidy table: series, time, statistic, value, count",
    render,
};

/// `time_s` is the begin of an interval in seconds since the run's start, and empty for the whole run. `count` is the number of
/// samples behind the value.
const HEAD: &str = "series,time_s,statistic,value,count\n";

/// One row per figure: first the whole run, then each interval of its log. All names are this tool's own, so that nothing needs
/// to be quoted.
fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut table = Table(HEAD.to_owned());
    if let Some(load) = &record.load {
        whole(&mut table, load);
        for interval in &load.intervals {
            one(&mut table, interval)?;
        }
        for sample in load.server_memory.iter().flat_map(|memory| &memory.samples) {
            let time = (sample.at_ms as f64 / 1e3).to_string();
            table.row("server_memory", &time, "resident_bytes", sample.bytes, 1);
            table.row("server_memory", &time, "in_flight", sample.in_flight, 1);
            table.row("server_memory", &time, "started", sample.started, 1);
        }
    }
    Ok(table.0.into_bytes())
}

struct Table(String);

impl Table {
    fn row(&mut self, series: impl Display, time: &str, statistic: &str, value: impl Display, count: u64) {
        let written = writeln!(self.0, "{series},{time},{statistic},{value},{count}");
        written.unwrap_or_else(|_| unreachable!("a string takes everything"));
    }

    fn counts(&mut self, time: &str, counts: &Counts) {
        let flows = &counts.flows;
        for (what, n) in
            [("scheduled", flows.scheduled), ("started", flows.started), ("dropped", flows.dropped)]
        {
            self.row("flows", time, what, n, n);
        }
        for (outcome, n) in flows.outcomes.iter() {
            self.row("outcomes", time, outcome.name(), n, n);
        }
        for endpoint in Endpoint::ALL {
            for (answer, n) in counts.answers(*endpoint).iter() {
                self.row(endpoint, time, answer.name(), n, n);
            }
        }
        for (answer, n) in counts.pings.iter() {
            self.row("notification", time, answer.name(), n, n);
        }
        for (event, n) in counts.events.iter() {
            self.row("events", time, event.name(), n, n);
        }
    }

    /// A percentile without enough samples behind it has no row.
    fn span(&mut self, span: Span, time: &str, of: &Summary) {
        self.row(span, time, "min_us", of.min_us, of.count);
        self.row(span, time, "mean_us", of.mean_us, of.count);
        for (name, value) in
            [("p50_us", of.p50_us), ("p90_us", of.p90_us), ("p99_us", of.p99_us), ("p999_us", of.p999_us)]
        {
            if let Some(value) = value {
                self.row(span, time, name, value, of.count);
            }
        }
        self.row(span, time, "max_us", of.max_us, of.count);
    }
}

fn whole(table: &mut Table, load: &LoadRecord) {
    table.counts("", &load.counts);
    for (span, summary) in &load.spans {
        table.span(*span, "", summary);
    }
}

fn one(table: &mut Table, interval: &IntervalRecord) -> Result<(), RenderError> {
    let time = (interval.start_ms as f64 / 1e3).to_string();
    table.row("interval", &time, "length_s", interval.length_ms as f64 / 1e3, 1);
    table.row("flows", &time, "in_flight", interval.in_flight, 1);
    table.counts(&time, &interval.counts);
    for (span, text) in &interval.spans {
        let histogram = decode(text).map_err(|source| RenderError::Histogram { span: *span, source })?;
        if let Some(summary) = Summary::of(&histogram) {
            table.span(*span, &time, &summary);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    fn rows(record: &RunRecord) -> Vec<Vec<String>> {
        let text = String::from_utf8(render(record, &Style::default()).unwrap()).unwrap();
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn every_figure_is_a_row_of_its_own_and_intervals_add_up_to_the_run() {
        let record = sample::complete();
        let load = record.load.as_ref().unwrap();
        let rows = rows(&record);
        assert!(rows.iter().all(|row| row.len() == 5), "{rows:?}");
        let found = |series: &str, statistic: &str| {
            let all = rows.iter().filter(|row| row[0] == series && row[2] == statistic);
            all.map(|row| (row[1].clone(), row[3].clone(), row[4].clone())).collect::<Vec<_>>()
        };
        let started = found("flows", "started");
        assert_eq!(started[0], (String::new(), "2970".to_owned(), "2970".to_owned()));
        let sum: u64 = started[1..].iter().map(|row| row.1.parse::<u64>().unwrap()).sum();
        assert_eq!((started.len(), sum), (1 + load.intervals.len(), load.counts.flows.started));
        let notify = &load.spans[&Span::Notify];
        let whole = (String::new(), notify.p99_us.unwrap().to_string(), notify.count.to_string());
        assert_eq!(found("notify", "p99_us")[0], whole);
        // Four samples are too few for any percentile.
        assert_eq!(found("poll_error", "max_us").len(), 1);
        assert!(found("poll_error", "p50_us").is_empty());
    }

    #[test]
    fn a_run_without_load_has_no_rows() {
        assert_eq!(rows(&sample::conformance()).len(), 1);
    }
}
