use maud::{Markup, html};
use serde::Serialize;

/// One plot: what the script draws, and the words around it.
#[derive(Serialize)]
pub(super) struct Plot {
    pub id: String,
    #[serde(skip)]
    pub title: String,
    /// Units, samples, what one point is.
    #[serde(skip)]
    pub remark: String,
    pub kind: Kind,
    /// Where the points lie, in the unit of the axis.
    pub x: Vec<f64>,
    /// Begin and end of what a point stands for, in seconds; empty where a point is a point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<f64>,
    /// Unit of the upward axis.
    pub unit: Unit,
    pub series: Vec<Series>,
    #[serde(flatten)]
    pub more: More,
}

/// What only some kinds of plots have.
#[derive(Default, Serialize)]
pub(super) struct More {
    /// A heat map's cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Cells>,
    /// What the points are called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What the places of the points are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axis: Option<&'static str>,
    /// From where on nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond: Option<f64>,
}

/// How a plot is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Over time, upward linear.
    Time,
    /// Over time, one series on top of the other.
    Stacked,
    /// Over time, upward logarithmic.
    TimeLog,
    /// Over 1 / (1 - p), both axes logarithmic.
    Percentiles,
    /// Over time, upward logarithmic, colours for counts.
    Heat,
    /// Over 1 / (1 - p), upward linear around 1; three series each: a line, and the lower and upper edge of its band.
    Shift,
    /// Over a logarithmic time, shares from nothing to everything.
    Shares,
    /// Over the numbers of trials, from 1.
    Trials,
    /// Over numbers: bars of the first series, and a line from the least to the greatest value of each point.
    Sizes,
    /// The same side by side, with a name under each.
    Named,
    /// A curve over numbers, with points on it.
    Law,
}

/// The unit of a figure, and with it how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// µs.
    Time,
    /// Per second.
    Rate,
    /// Flows, samples.
    Count,
    /// One over another.
    Ratio,
    /// The same to three digits, around 1.
    Factor,
    /// A part of a whole, 0 to 1.
    Share,
    /// Bytes.
    Memory,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Look {
    Line,
    Dashed,
    Dotted,
    /// In the legend only.
    Told,
    /// Points without a line, filled.
    Mark,
    /// The same, hollow.
    Ring,
    /// A line that keeps its value up to the next point.
    Stepped,
    /// A bar from nothing up.
    Bar,
    /// An end of the line through a bar's end.
    Interval,
}

/// One line of a plot.
#[derive(Serialize)]
pub(super) struct Series {
    pub name: &'static str,
    pub unit: Unit,
    pub look: Look,
    /// Number of its colour, 1 to 8.
    pub colour: u8,
    /// One per point; nothing where there are too few samples.
    pub values: Vec<Option<f64>>,
}

/// Counts by time and latency.
#[derive(Serialize)]
pub(super) struct Cells {
    /// Bounds of the rows in µs, rising: one more than there are rows.
    pub bounds: Vec<f64>,
    /// Point, row and count of each cell that is not empty.
    pub counts: Vec<(usize, usize, u64)>,
}

impl Plot {
    /// Where the script draws it.
    pub(super) fn place(&self) -> Markup {
        html! {
            figure.plot id={ "plot-" (self.id) } data-plot=(self.id) {
                figcaption { strong { (self.title) } " " span { (self.remark) } }
                div.canvas role="img" aria-label=(self.title) {}
            }
        }
    }
}
