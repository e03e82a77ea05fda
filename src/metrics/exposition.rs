use crate::ciba::{Named, Outcome, Rule};
use crate::load::{Progress, SPAN_BOUNDS_US, SpanProgress};
use crate::record::{Answered, Arrivals, Endpoint, Event, PingAnswer, Span, Stalls};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder, NoLabelSet, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use tokio::sync::watch;

/// What the exposition is, for the header `Content-Type`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every name begins with.
const PREFIX: &str = "ciba_bench";

/// The run that is shown.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its profile's name.
    pub profile: String,
    /// What it is run against, in words.
    pub target: String,
}

/// Writes the metrics of a run. Their number does not grow with it: all labels but the stage are closed sets.
#[derive(Debug)]
pub struct Exposition {
    registry: Registry,
}

impl Exposition {
    /// Of a run whose progress this is.
    pub fn new(progress: watch::Receiver<Progress>, shown: Shown) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(Books { progress, shown }));
        Exposition { registry }
    }

    /// As of the last interval.
    ///
    /// # Errors
    /// None that is known of: writing to memory does not fail.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The one set of books.
#[derive(Debug)]
struct Books {
    progress: watch::Receiver<Progress>,
    shown: Shown,
}

impl Collector for Books {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // A copy, since whoever publishes waits while this is borrowed.
        let progress = self.progress.borrow().clone();
        let mut page = Page { encoder };
        page.run(&progress, &self.shown)?;
        page.flows(&progress)?;
        page.exchanges(&progress)?;
        page.spans(&progress)?;
        page.generator(&progress)
    }
}

struct Page<'a> {
    encoder: DescriptorEncoder<'a>,
}

impl Page<'_> {
    fn run(&mut self, progress: &Progress, shown: &Shown) -> fmt::Result {
        let labels = [("profile", shown.profile.as_str()), ("target", shown.target.as_str())];
        self.family("run", "The run.", MetricType::Info)?.encode_info(&labels)?;
        let at = [("stage", progress.stage.as_str())];
        self.family("stage", "1 for the stage that the run is in.", MetricType::Gauge)?
            .encode_family(&at)?
            .encode_gauge(&1u64)?;
        self.gauge("elapsed_seconds", "Time since the first flow was due.", progress.elapsed.as_secs_f64())?;
        self.gauge(
            "length_seconds",
            "Length of all stages together, without the drain.",
            progress.length.as_secs_f64(),
        )?;
        let (rate, flows) = match progress.arrivals {
            Arrivals::Open => (Some(progress.asked), None),
            Arrivals::Closed => (None, Some(progress.asked)),
        };
        self.optional("rate_asked", "Flows per second that the profile asks for (open workload).", rate)?;
        let help = "Flows at once that the profile asks for (closed workload).";
        self.optional("flows_in_flight_asked", help, flows)?;
        self.gauge("flows_in_flight", "Flows under way.", progress.in_flight)?;
        let help = "Flows that would be under way by Little's law if the server answered at once.";
        self.optional("flows_in_flight_expected", help, progress.expected_in_flight)
    }

    fn flows(&mut self, progress: &Progress) -> fmt::Result {
        let flows = &progress.counts.flows;
        self.counter("flows_scheduled", "Starts that the profile asked for.", flows.scheduled)?;
        self.counter("flows_started", "Flows that began.", flows.started)?;
        self.counter("flows_dropped", "Starts that found no room.", flows.dropped)?;
        let mut family = self.family("flow_outcomes", "How flows ended.", MetricType::Counter)?;
        for outcome in Outcome::ALL {
            count(&mut family, &[("outcome", outcome.name())], flows.outcomes.get(*outcome))?;
        }
        let mut family =
            self.family("violations", "Breaches of the rules of the standard.", MetricType::Counter)?;
        for rule in Rule::ALL {
            let labels = [("rule", rule.name()), ("level", rule.source().1.name())];
            count(&mut family, &labels, progress.breaches.get(*rule))?;
        }
        Ok(())
    }

    fn exchanges(&mut self, progress: &Progress) -> fmt::Result {
        let counts = &progress.counts;
        let mut family =
            self.family("answers", "What came back from the server's endpoints.", MetricType::Counter)?;
        for endpoint in Endpoint::ALL {
            for answer in Answered::ALL {
                let labels = [("endpoint", endpoint.name()), ("answer", answer.name())];
                count(&mut family, &labels, counts.answers(*endpoint).get(*answer))?;
            }
        }
        let help = "Calls of the notification endpoint, by how it answered them.";
        let mut family = self.family("notifications", help, MetricType::Counter)?;
        for answer in PingAnswer::ALL {
            count(&mut family, &[("answer", answer.name())], counts.pings.get(*answer))?;
        }
        let mut family = self.family("events", "What is counted besides.", MetricType::Counter)?;
        for event in Event::ALL {
            count(&mut family, &[("event", event.name())], counts.events.get(*event))?;
        }
        Ok(())
    }

    fn spans(&mut self, progress: &Progress) -> fmt::Result {
        let help = "The parts of flows; docs/METHODOLOGY.md says from what to what.";
        let mut family = self.family("span_seconds", help, MetricType::Histogram)?;
        for span in Span::ALL {
            // The sum of others, and what only exists where no load is run.
            if *span == Span::Poll || Span::OF_AUTH_SERVICE.contains(span) {
                continue;
            }
            let SpanProgress { count, sum_us, classes, .. } = progress.span(*span);
            let bounds = SPAN_BOUNDS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(classes).collect();
            family.encode_family(&[("span", span.name())])?.encode_histogram::<NoLabelSet>(
                sum_us as f64 / 1e6,
                count,
                &buckets,
                None,
            )?;
        }
        Ok(())
    }

    fn generator(&mut self, progress: &Progress) -> fmt::Result {
        let generator = &progress.generator;
        let help = "Processor time of this process, everything that is embedded included.";
        self.counter("generator_cpu_seconds", help, generator.cpu_s)?;
        let help = "Processor time over usable cores in the last interval, 0 to 1.";
        self.gauge("generator_cpu_ratio", help, progress.cpu_share)?;
        let help = "Time for which threads of this process could have run and had no processor.";
        self.counter("generator_waited_seconds", help, generator.waited_s)?;
        let hearts = [
            ("process", generator.stalls),
            ("engines", generator.engine_stalls),
            ("instruments", generator.instrument_stalls),
        ];
        let help = "Beats of the generator's hearts that were more than 100 ms late.";
        let mut family = self.family("generator_stalls", help, MetricType::Counter)?;
        for (heart, Stalls { count: n, .. }) in hearts {
            count(&mut family, &[("heart", heart)], n)?;
        }
        let mut family =
            self.family("generator_stalled_seconds", "How late they were.", MetricType::Counter)?;
        for (heart, Stalls { stalled_ms, .. }) in hearts {
            count(&mut family, &[("heart", heart)], stalled_ms as f64 / 1e3)?;
        }
        let help = "Largest resident memory of this process so far.";
        self.gauge("generator_resident_memory_peak_bytes", help, generator.rss_peak_mib * 1024 * 1024)?;
        let help = "Most file descriptors that were open at once so far.";
        self.gauge("generator_descriptors_peak", help, generator.descriptors_peak)
    }

    fn family<'a>(
        &'a mut self,
        name: &'a str,
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'a>, fmt::Error> {
        self.encoder.encode_descriptor(name, help, None, kind)
    }

    fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        let mut family = self.family(name, help, MetricType::Counter)?;
        family.encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.optional(name, help, Some(value))
    }

    /// A family that has no value where there is none.
    fn optional(&mut self, name: &str, help: &str, value: Option<impl EncodeGaugeValue>) -> fmt::Result {
        let mut family = self.family(name, help, MetricType::Gauge)?;
        value.map_or(Ok(()), |value| family.encode_gauge(&value))
    }
}

fn count(
    family: &mut MetricEncoder<'_>,
    labels: &impl EncodeLabelSet,
    value: impl EncodeCounterValue,
) -> fmt::Result {
    family.encode_family(labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
}
