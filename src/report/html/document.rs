use super::plot::Plot;
use crate::analysis::{Exit, verdict};
use crate::record::{LoadRecord, RunRecord};
use crate::report::RenderError;
use crate::report::printable::printable;
use crate::report::validity::validity_remark;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

/// The library that draws the plots; `uplot/README.md` has its version and digests.
pub(super) const UPLOT_JS: &str = include_str!("uplot/uPlot.iife.min.js");
pub(super) const UPLOT_CSS: &str = include_str!("uplot/uPlot.min.css");
const UPLOT_LICENCE: &str = include_str!("uplot/LICENSE");

const UNITS_JS: &str = include_str!("page/units.js");
const SIZES_JS: &str = include_str!("page/sizes.js");
const PLOTS_JS: &str = include_str!("page/plots.js");
const HEAT_JS: &str = include_str!("page/heat.js");
const PAGE_CSS: &str = include_str!("page/page.css");

/// A page that grows section by section.
pub(super) struct Document {
    title: String,
    tone: &'static str,
    head: Markup,
    sections: Vec<Section>,
    data: Data,
    /// What stands beside every figure of an invalid run.
    invalid: Option<&'static str>,
}

struct Section {
    id: &'static str,
    title: String,
    remark: String,
    body: Markup,
}

/// What the page's script is given.
#[derive(Serialize)]
struct Data {
    plots: Vec<Plot>,
    stages: Vec<StageShown>,
}

/// A stage as plots over time show it.
#[derive(Serialize)]
struct StageShown {
    name: String,
    measured: bool,
    from: f64,
    to: f64,
}

impl Document {
    pub(super) fn new(record: &RunRecord) -> Self {
        let verdict = verdict(record);
        let title = format!("{}: {}", verdict.exit.word(), record.name);
        let mut document = Document::of(&title, tone(verdict.exit));
        document.data.stages = record.load.as_ref().map(stages).unwrap_or_default();
        document.invalid = record.load.as_ref().and_then(validity_remark);
        document
    }

    /// A page about no single run. `tone` is the class of its colour: good, careful or bad.
    pub(super) fn of(title: &str, tone: &'static str) -> Self {
        Document {
            title: printable(title),
            tone,
            head: Markup::default(),
            sections: Vec::new(),
            data: Data { plots: Vec::new(), stages: Vec::new() },
            invalid: None,
        }
    }

    /// What stands above all sections.
    pub(super) fn head(&mut self, head: Markup) {
        self.head = head;
    }

    /// A section without figures of the load.
    pub(super) fn section(&mut self, id: &'static str, title: &str, remark: &str, body: Markup) {
        let section = Section { id, title: printable(title), remark: printable(remark), body };
        self.sections.push(section);
    }

    /// A section whose figures mean nothing where the run is invalid, which it says.
    pub(super) fn measured(&mut self, id: &'static str, title: &str, remark: &str, body: Markup) {
        let body = html! {
            @if let Some(invalid) = self.invalid { p.invalid { "✗ " (invalid) } }
            (body)
        };
        self.section(id, title, remark, body);
    }

    /// Takes a plot; gives the place where it is drawn.
    pub(super) fn plot(&mut self, plot: Plot) -> Markup {
        let place = plot.place();
        self.data.plots.push(plot);
        place
    }

    /// The whole page.
    ///
    /// # Errors
    /// The plots' data cannot be written as JSON.
    pub(super) fn finish(self) -> Result<Vec<u8>, RenderError> {
        let drawn = !self.data.plots.is_empty();
        let script = if drawn { script() } else { String::new() };
        let style = if drawn { format!("{UPLOT_CSS}{PAGE_CSS}") } else { PAGE_CSS.to_owned() };
        let data = inert(&serde_json::to_string(&self.data).map_err(RenderError::Json)?);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
            source(&script),
            source(&style)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) }
                    style { (PreEscaped(&style)) }
                }
                body {
                    header class=(self.tone) { (self.head) }
                    nav aria-label="sections" {
                        @for section in &self.sections { a href={ "#" (section.id) } { (section.title) } }
                    }
                    @if drawn {
                        p.hint {
                            "Plots: point at one to read it, drag to zoom, double-click for the whole, click a name to hide its line."
                            noscript { " They need scripts, which this browser does not run; the tables hold without." }
                        }
                    }
                    main {
                        @for section in &self.sections {
                            section id=(section.id) {
                                h2 { (section.title) @if !section.remark.is_empty() { " " small { (section.remark) } } }
                                (section.body)
                            }
                        }
                    }
                    @if drawn {
                        script id="data" type="application/json" { (PreEscaped(data)) }
                        script { (PreEscaped(&script)) }
                    }
                }
            }
        };
        Ok(format!("{}\n", page.into_string()).into_bytes())
    }
}

/// The class of a verdict's colour.
fn tone(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "good",
        Exit::Interrupted | Exit::Inconclusive => "careful",
        Exit::Internal
        | Exit::Usage
        | Exit::Target
        | Exit::Violation
        | Exit::Threshold
        | Exit::Regression => "bad",
    }
}

fn stages(load: &LoadRecord) -> Vec<StageShown> {
    let shown = |stage: &crate::record::StageRecord| StageShown {
        name: printable(&stage.name),
        measured: stage.measured,
        from: stage.start_s,
        to: stage.start_s + stage.length_s,
    };
    load.stages.iter().map(shown).collect()
}

/// Everything that runs: the library with its licence, and what is ours.
fn script() -> String {
    format!("/*\n{UPLOT_LICENCE}*/\n{UPLOT_JS}\n{UNITS_JS}\n{HEAT_JS}\n{SIZES_JS}\n{PLOTS_JS}")
}

/// How a Content-Security-Policy names a script or a style.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// JSON that no browser takes for markup, whatever a server has put into it: all of these can only stand within strings.
pub(super) fn inert(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => inert.push_str("\\u003c"),
            '>' => inert.push_str("\\u003e"),
            '&' => inert.push_str("\\u0026"),
            '\u{2028}' => inert.push_str("\\u2028"),
            '\u{2029}' => inert.push_str("\\u2029"),
            c => inert.push(c),
        }
    }
    inert
}
