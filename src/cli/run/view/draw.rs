use super::cells::{Rows, bars, bold, columns, dim, left, listed, right};
use super::history::Course;
use super::state::{Health, State};
use crate::analysis::unit;
use crate::ciba::Named as _;
use crate::load::{LastBreach, Progress, SpanProgress};
use crate::record::{Answered, Arrivals, Span, Stalls};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// Columns of a row's name.
const NAME: u16 = 19;
/// Columns of a figure.
const FIGURE: u16 = 9;
/// Where the bars begin: all on the same time.
const BARS: u16 = NAME + 3 * FIGURE + 2;
/// So many rows of a screen let each row of bars be two.
const TALL: u16 = 40;
/// Rows of lists that may be wrapped.
const LIST: u16 = 2;
/// Most breaches that are shown where there is little room.
const BREACHES_FEW: u16 = 2;
/// Below this share of what was asked for the generator or the server does not keep up.
const REACHED_ENOUGH: f64 = 0.95;
/// So many times what Little's law foresees is more than chance.
const QUEUE: f64 = 1.5;

/// Spans in the order in which there is room for them.
const SPANS: [Span; 24] = [
    Span::Ack,
    Span::Notify,
    Span::PollPending,
    Span::Redeem,
    Span::ApproveToToken,
    Span::Flow,
    Span::Consent,
    Span::Accept,
    Span::UseToken,
    Span::Verify,
    Span::Start,
    Span::PollSlowDown,
    Span::PollError,
    Span::PollDenied,
    Span::PollExpired,
    Span::Connect,
    Span::StartLag,
    Span::PollLateness,
    Span::Blocked,
    Span::Pacing,
    Span::DecisionDelay,
    Span::Details,
    Span::NotificationAnswer,
    Span::ServiceAnswer,
];

/// Draws the whole view, as much of it as there is room for.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    let tall = area.height >= TALL;
    let mut rows = Rows::of(area);
    header(frame, rows.take(1), state);
    footer(frame, rows.take_last(), state);
    if tall {
        rows.take(1);
    }
    load(frame, &mut rows, state, if tall { 2 } else { 1 });
    listed(frame, rows.take(LIST), "flows", flows(&state.now));
    listed(frame, rows.take(LIST), "polls/s", polls(&state.now));
    if tall {
        rows.take(1);
    }
    let breaches = &state.now.last_breaches;
    let shown = u16::try_from(breaches.len()).unwrap_or(u16::MAX);
    let shown = if tall { shown } else { shown.min(BREACHES_FEW) };
    let of_spans = rows.left().saturating_sub(LIST + 1 + shown);
    let mut of_spans = Rows::of(rows.take(of_spans));
    spans(frame, &mut of_spans, state, tall);
    listed(frame, rows.take(LIST), "generator", generator(state));
    violations(frame, &mut rows, &state.now, shown);
}

fn header(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let Progress { elapsed, length, stage, .. } = &state.now;
    let stage = if stage.is_empty() { "starting" } else { stage };
    let when = format!("{stage}  {} of {} s", elapsed.as_secs(), length.as_secs());
    let width = u16::try_from(when.chars().count()).unwrap_or(u16::MAX);
    let title = format!("{} against {}", state.shown.profile, state.shown.target);
    left(frame, columns(area, 0, area.width.saturating_sub(width + 2)), &title, bold());
    right(frame, area, &when, bold());
}

fn footer(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let text = state.note.as_deref().unwrap_or("q or Ctrl-C ends the run in order");
    left(frame, area, text, dim());
}

/// Load that was asked for and reached, and the flows under way.
fn load(frame: &mut Frame<'_>, rows: &mut Rows, state: &State, height: u16) {
    let (now, history) = (&state.now, &state.history);
    let title = rows.take(1);
    left(frame, title, "load", bold());
    heads(frame, title, ["now", "", "highest"], "over the run");
    let begun = now.per_s(now.last.flows.started);
    let ended = now.per_s(now.last.flows.outcomes.total());
    let is_open = now.arrivals == Arrivals::Open;
    let reached = if is_open { begun } else { now.in_flight as f64 };
    let share = (now.asked > 0.0).then(|| reached / now.asked);
    let late = share.is_some_and(|share| share < REACHED_ENOUGH);
    let queue = now.expected_in_flight.filter(|expected| *expected >= 1.0);
    let queue = queue.map(|expected| now.in_flight as f64 / expected);
    let of_asked = share.map_or_else(String::new, unit::percent);
    let times = queue.map_or_else(String::new, |times| format!("x {times:.2}"));
    let rate = |figure: f64| unit::figure(figure);
    let (per_s, at_once) = (
        (history.highest(Course::Asked), history.highest(Course::Begun)),
        [Course::InFlight, Course::Expected],
    );
    let of_rates = [per_s.0.filter(|_| is_open), per_s.1, history.highest(Course::Ended)];
    let of_flows = at_once.map(|course| history.highest(course));
    let top_rate = of_rates.into_iter().flatten().fold(0.0, f64::max);
    let top_flows = of_flows.into_iter().flatten().chain(per_s.0.filter(|_| !is_open)).fold(0.0, f64::max);
    let asked = if is_open { ("asked, flows/s", top_rate) } else { ("asked, at once", top_flows) };
    let (to_begun, to_flight) = if is_open { (of_asked, times) } else { (String::new(), of_asked) };
    for (name, course, figure, beside, top, marked) in [
        (asked.0, Course::Asked, Some(now.asked), String::new(), asked.1, false),
        ("begun, flows/s", Course::Begun, Some(begun), to_begun, top_rate, late && is_open),
        ("ended, flows/s", Course::Ended, Some(ended), String::new(), top_rate, false),
        (
            "in flight",
            Course::InFlight,
            Some(now.in_flight as f64),
            to_flight,
            top_flows,
            queue.is_some_and(|times| times > QUEUE),
        ),
        ("  by Little's law", Course::Expected, now.expected_in_flight, String::new(), top_flows, false),
    ] {
        let area = rows.take(height);
        let style = if marked { Style::new().fg(Color::Yellow) } else { Style::new() };
        left(frame, columns(area, 0, NAME), name, style);
        let none = || unit::NONE.to_owned();
        figures(
            frame,
            area,
            [figure.map_or_else(none, rate), beside, history.highest(course).map_or_else(none, rate)],
            style,
        );
        let place = columns(area, BARS, u16::MAX);
        bars(frame, place, &history.columns(course, usize::from(place.width)), top, style);
    }
}

/// How flows ended, and how many did not begin.
fn flows(now: &Progress) -> Vec<(String, Style)> {
    let flows = &now.counts.flows;
    let mut items = vec![(format!("{} begun", unit::count(flows.started)), Style::new())];
    let dropped = if flows.dropped > 0 { Color::Yellow } else { Color::Reset };
    items.push((format!("{} dropped", unit::count(flows.dropped)), Style::new().fg(dropped)));
    let ended = flows.outcomes.total();
    items.extend(flows.outcomes.iter().map(|(outcome, n)| {
        let share = unit::ratio(n, ended).map_or_else(String::new, unit::percent);
        let colour = if outcome.is_failure() { Color::Red } else { Color::Reset };
        (format!("{outcome} {} ({share})", unit::count(n)), Style::new().fg(colour))
    }));
    items
}

/// Token requests per second by what they were answered.
fn polls(now: &Progress) -> Vec<(String, Style)> {
    let token = &now.last.token;
    let known = [
        ("pending", Answered::AuthorizationPending),
        ("tokens", Answered::Tokens),
        ("slow_down", Answered::SlowDown),
        ("denied", Answered::AccessDenied),
        ("expired", Answered::ExpiredToken),
    ];
    let rate = |name: &str, n: u64| format!("{name} {}", unit::figure(now.per_s(n)));
    let mut items = vec![(rate("all", token.total()), Style::new())];
    items.extend(known.map(|(name, answer)| (rate(name, token.get(answer)), Style::new())));
    let others = token.iter().filter(|(answer, _)| known.iter().all(|(_, known)| known != answer));
    let (failed, refused): (Vec<_>, Vec<_>) = others.partition(|(answer, _)| answer.is_failure());
    for (name, answers) in [("other errors", refused), ("no answer", failed)] {
        let n = answers.iter().map(|(_, n)| n).sum();
        let style = Style::new().fg(if n > 0 { Color::Red } else { Color::Reset });
        items.push((rate(name, n), style));
    }
    items
}

/// Percentiles, and how the 99th went: where a span never had samples enough for one, the median.
fn spans(frame: &mut Frame<'_>, rows: &mut Rows, state: &State, tall: bool) {
    let title = rows.take(1);
    left(frame, title, "spans", bold());
    heads(frame, title, ["p50", "p90", "p99"], "p99 (p50 where few) over the run");
    let seen: Vec<Span> = SPANS.into_iter().filter(|span| state.now.span(*span).count > 0).collect();
    let room = rows.left() / u16::try_from(seen.len().max(1)).unwrap_or(u16::MAX);
    let height = if tall && room >= 2 { 2 } else { 1 };
    for span in seen {
        let area = rows.take(height);
        if area.is_empty() {
            return;
        }
        let SpanProgress { p50_us, p90_us, p99_us, .. } = state.now.span(span);
        let time = |us: Option<u64>| us.map_or_else(|| unit::NONE.to_owned(), |us| unit::time_us(us as f64));
        left(frame, columns(area, 0, NAME), span.name(), Style::new());
        figures(frame, area, [time(p50_us), time(p90_us), time(p99_us)], Style::new());
        let of = |course: Course| state.history.highest(course).map(|top| (course, top));
        let (course, top, style) = match (of(Course::P99(span)), of(Course::P50(span))) {
            (Some((course, top)), _) => (course, top, Style::new()),
            (None, Some((course, top))) => (course, top, dim()),
            (None, None) => continue,
        };
        let place = columns(area, BARS, u16::MAX);
        bars(frame, place, &state.history.columns(course, usize::from(place.width)), top, style);
    }
}

/// Whether the generator is to be believed.
fn generator(state: &State) -> Vec<(String, Style)> {
    let now = &state.now;
    let p99 = |span: Span| {
        let us = now.span(span).p99_us;
        format!("{span} p99 {}", us.map_or_else(|| unit::NONE.to_owned(), |us| unit::time_us(us as f64)))
    };
    let (word, style) = match state.health() {
        Health::Sound => ("sound", Style::new().fg(Color::Green)),
        Health::Strained => ("strained", Style::new().fg(Color::Yellow)),
        Health::AtFault => ("at fault: nothing said here is the server's", Style::new().fg(Color::Red)),
    };
    let hearts = [now.generator.stalls, now.generator.engine_stalls, now.generator.instrument_stalls];
    let Stalls { count, longest_ms, .. } =
        hearts.into_iter().max_by_key(|stalls| stalls.stalled_ms).unwrap_or_default();
    let stalls =
        if count == 0 { "no stall".to_owned() } else { format!("stalls {count}, up to {longest_ms} ms") };
    let memory = format!("memory up to {} MiB", now.generator.rss_peak_mib);
    let rest = [
        format!("processor {}", unit::percent(now.cpu_share)),
        p99(Span::StartLag),
        p99(Span::PollLateness),
        stalls,
        memory,
    ];
    [(word.to_owned(), style)].into_iter().chain(rest.map(|text| (text, Style::new()))).collect()
}

fn violations(frame: &mut Frame<'_>, rows: &mut Rows, now: &Progress, shown: u16) {
    let binding = now.binding_breaches();
    let softer = now.breaches.total() - binding;
    let colour = if binding > 0 { Color::Red } else { Color::Reset };
    let mut items = vec![(unit::count(binding), Style::new().fg(colour))];
    if softer > 0 {
        items.push((format!("and {} of what only should be", unit::count(softer)), Style::new()));
    }
    listed(frame, rows.take(1), "violations", items);
    for LastBreach { rule, at_ms, detail } in now.last_breaches.iter().rev().take(usize::from(shown)) {
        let text = format!("  {}  {rule}: {detail}", unit::seconds(*at_ms as f64 / 1e3));
        left(frame, rows.take(1), &text, Style::new());
    }
}

fn heads(frame: &mut Frame<'_>, area: Rect, names: [&str; 3], over_bars: &str) {
    figures(frame, area, names.map(str::to_owned), dim());
    left(frame, columns(area, BARS, u16::MAX), over_bars, dim());
}

fn figures(frame: &mut Frame<'_>, area: Rect, texts: [String; 3], style: Style) {
    for (at, text) in (0u16..).zip(texts) {
        right(frame, columns(area, NAME + at * FIGURE, FIGURE), &text, style);
    }
}
