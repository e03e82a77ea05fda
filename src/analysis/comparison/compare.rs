use super::bootstrap::{CONFIDENCE, RESAMPLES};
use super::comparability::{comparable, differences_of_profiles};
use super::drawn::{SideFigure, SideLogs, SpanSamples, share_of_events};
use super::outcome::{
    Against, Comparison, ComparisonSettings, Doubt, FigureComparison, RanksSeen, RunSeen, SCHEMA, SideSeen,
    StretchesSeen,
};
use super::separation::GROSS;
use super::shift::shift;
use super::{Counted, Difference, Figure, Incomparable, JudgedLimit, Limit, NOISE, Ratio, ranks};
use crate::analysis::Owner;
use crate::ciba::Named;
use crate::record::{LoadRecord, RunRecord, Span};

/// Events on both sides together, below which shares of them are not called different.
const EVENTS_MIN: u64 = 10;

/// One side of a comparison: a run, or the same repeated.
#[derive(Debug, Clone)]
pub struct Side<'r> {
    /// `A` for the baseline, then `B`, `C` ..
    pub letter: char,
    /// Its runs, each with the place that it was read from.
    pub runs: Vec<(String, &'r RunRecord)>,
}

/// By what is judged.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The part by which a figure may differ without being called different, 0.05 for 5 %.
    pub noise: f64,
    /// Whether runs under different loads are compared, too.
    pub despite_differences: bool,
    /// What must not have become worse, and by how much.
    pub limits: Vec<Limit>,
    /// Whether whole distributions are wanted, for plots.
    pub distributions: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { noise: NOISE, despite_differences: false, limits: Vec::new(), distributions: true }
    }
}

/// Compares each side with the first one.
///
/// # Errors
/// There is nothing to compare, or the sides ran under different loads.
pub fn compare(sides: &[Side<'_>], settings: &Settings) -> Result<Comparison, Incomparable> {
    let (loads, remarks) = comparable(sides, settings.despite_differences)?;
    // Where runs are repeated often enough, their ranks say it all.
    let ranked = loads.iter().skip(1).all(|other| ranks::suffice(loads[0].len(), other.len()));
    let logs: Vec<SideLogs<'_>> =
        sides.iter().zip(&loads).map(|(side, loads)| SideLogs::new(side.letter, loads, ranked)).collect();
    let mut against: Vec<Against> = sides
        .iter()
        .skip(1)
        .map(|side| Against { letter: side.letter, figures: Vec::new(), limits: Vec::new() })
        .collect();
    for counted in Counted::ALL {
        let all: Vec<Option<SideFigure>> = logs.iter().map(|side| side.counted(*counted)).collect();
        if let Some(all) = all.into_iter().collect::<Option<Vec<_>>>() {
            add(&mut against, Figure::Counted(*counted), &all, settings.noise);
        }
    }
    let mut shifts = Vec::new();
    for span in Owner::ALL.into_iter().flat_map(spans_of) {
        let all: Vec<SpanSamples> = logs
            .iter()
            .zip(sides)
            .map(|(logs, side)| logs.samples(span).map_err(|source| unreadable(side, span, source)))
            .collect::<Result<_, _>>()?;
        for statistic in Figure::STATISTICS {
            let figures: Vec<SideFigure> =
                logs.iter().zip(&all).map(|(side, samples)| side.time(samples, statistic)).collect();
            add(&mut against, Figure::Time(span, statistic), &figures, settings.noise);
        }
        let plotted = matches!(Owner::of(span), Owner::Server | Owner::EndToEnd);
        if settings.distributions && plotted {
            shifts.extend(shift(span, &logs, &all));
        }
    }
    for of in &mut against {
        of.limits = settings.limits.iter().map(|limit| JudgedLimit::of(limit, &of.figures)).collect();
    }
    Ok(Comparison {
        schema: SCHEMA,
        settings: ComparisonSettings { noise: settings.noise, confidence: CONFIDENCE, resamples: RESAMPLES },
        sides: sides.iter().zip(&loads).map(|(side, loads)| seen(side, loads)).collect(),
        remarks,
        against,
        shifts,
    })
}

/// Why nothing could be held against these runs: they cannot be believed, they ran under another load than this profile's, or
/// they do not have what a limit is about. Nothing where they can be a baseline.
pub fn refused_baseline(side: &Side<'_>, profile: &str, limits: &[Limit]) -> Option<String> {
    let mut loads = Vec::new();
    for (place, run) in &side.runs {
        let Some(load) = &run.load else {
            return Some(Incomparable::NoLoad { place: place.clone() }.to_string());
        };
        if let Some(reason) = load.generator.invalid.first() {
            return Some(format!("{place}: the run is invalid, nothing could be said against it: {reason}"));
        }
        if let Some(difference) = differences_of_profiles(&run.profile, profile) {
            return Some(format!(
                "{place}: another load than this run's: {difference}; give a run of the same profile"
            ));
        }
        loads.push(load);
    }
    let logs = SideLogs::new(side.letter, &loads, false);
    limits.iter().find_map(|limit| {
        let figure = match limit.figure {
            Figure::Counted(counted) => logs.counted(counted)?,
            Figure::Time(span, statistic) => match logs.samples(span) {
                Ok(samples) => logs.time(&samples, statistic),
                Err(source) => return Some(unreadable(side, span, source).to_string()),
            },
        };
        let doubt = figure.drawn.err()?;
        let places: Vec<&str> = side.runs.iter().map(|(place, _)| place.as_str()).collect();
        let (places, expression) = (places.join(", "), &limit.expression);
        Some(format!(
            "{places}: nothing can be held against it by {expression:?}: {}; {}",
            doubt.message(),
            doubt.remedy()
        ))
    })
}

fn spans_of(owner: Owner) -> impl Iterator<Item = Span> {
    Span::ALL.iter().copied().filter(move |span| Owner::of(*span) == owner)
}

fn unreadable(side: &Side<'_>, span: Span, source: crate::record::HistogramError) -> Incomparable {
    let places: Vec<&str> = side.runs.iter().map(|(place, _)| place.as_str()).collect();
    Incomparable::Histogram { place: places.join(", "), span, source }
}

/// Compares one figure of every side with that of the first, where one of the two has it.
fn add(against: &mut [Against], figure: Figure, sides: &[SideFigure], noise: f64) {
    let Some((baseline, others)) = sides.split_first() else { return };
    for (of, other) in against.iter_mut().zip(others) {
        if baseline.value.samples > 0 || other.value.samples > 0 {
            of.figures.push(one(figure, baseline, other, noise));
        }
    }
}

fn one(figure: Figure, baseline: &SideFigure, other: &SideFigure, noise: f64) -> FigureComparison {
    let runs = (baseline.of_runs.len(), other.of_runs.len());
    let repeated = runs.0 > 1 || runs.1 > 1;
    let tested = ranks::ranks(&baseline.of_runs, &other.of_runs);
    let seen = repeated.then(|| RanksSeen {
        baseline_runs: runs.0,
        other_runs: runs.1,
        p: tested.map(|tested| tested.p),
        least_p: ranks::least_p(runs.0, runs.1),
        needed: ranks::runs_needed(),
    });
    let mut comparison = FigureComparison {
        figure,
        baseline: baseline.value,
        other: other.value,
        ratio: None,
        difference: Difference::Inconclusive,
        doubt: None,
        stretches: None,
        ranks: seen,
    };
    match judged(figure, baseline, other, noise, tested) {
        Ok(said) => {
            comparison.ratio = said.ratio;
            comparison.difference = said.difference;
            comparison.stretches = said.stretches;
        }
        Err((ratio, doubt)) => {
            comparison.ratio = ratio;
            comparison.doubt = Some(doubt);
        }
    }
    comparison
}

/// What can be said of a figure.
struct Said {
    ratio: Option<Ratio>,
    difference: Difference,
    stretches: Option<StretchesSeen>,
}

fn judged(
    figure: Figure,
    baseline: &SideFigure,
    other: &SideFigure,
    noise: f64,
    tested: Option<ranks::Ranks>,
) -> Result<Said, (Option<Ratio>, Doubt)> {
    let events = baseline.events + other.events;
    let too_short = |doubt: &Doubt| matches!(doubt, Doubt::TooFewBlocks { .. });
    let mut doubts = [baseline, other].into_iter().filter_map(|side| side.drawn.as_ref().err());
    if let Some(doubt) = doubts.find(|doubt| !too_short(doubt)) {
        return Err((None, doubt.clone()));
    }
    if figure.is_share() && events == 0 {
        // That something never happens needs no stretches, only chances to happen.
        return Ok(Said { ratio: None, difference: Difference::NoDifference, stretches: None });
    }
    let measured = measured(figure, baseline, other);
    let (ratio, stretches) = match (tested, &baseline.drawn, &other.drawn) {
        (Some(tested), ..) => (tested.ratio, None),
        (None, Ok(Some(mine)), Ok(Some(theirs))) => {
            let (down, up) = mine.spread_against(theirs);
            (Ratio { measured, low: measured * down.exp(), high: measured * up.exp() }, None)
        }
        (None, Err(doubt), _) | (None, _, Err(doubt)) => {
            apart(baseline, other, measured).ok_or_else(|| (None, doubt.clone()))?
        }
        // Some run has too few samples to have a rank.
        (None, Ok(None), _) | (None, _, Ok(None)) => return Err((None, Doubt::RunWithoutSamples)),
    };
    if !(ratio.low.is_finite() && ratio.high.is_finite() && ratio.measured.is_finite()) {
        return Err((None, Doubt::TooFewEvents { events, needed: EVENTS_MIN }));
    }
    let difference = ratio.says(noise, figure.more_is_better());
    let differs = matches!(difference, Difference::Better | Difference::Worse);
    if differs && figure.is_share() && events < EVENTS_MIN {
        return Err((Some(ratio), Doubt::TooFewEvents { events, needed: EVENTS_MIN }));
    }
    if differs && tested.is_none() && overlap(&baseline.of_runs, &other.of_runs) {
        return Err((Some(ratio), Doubt::RunsOverlap { needed: ranks::runs_needed() }));
    }
    match difference {
        Difference::Inconclusive => Err((Some(ratio), Doubt::Wide)),
        Difference::Better | Difference::Worse | Difference::NoDifference => {
            Ok(Said { ratio: Some(ratio), difference, stretches })
        }
    }
}

/// What is so far apart that runs which are too short for an interval show it, too.
fn apart(baseline: &SideFigure, other: &SideFigure, measured: f64) -> Option<(Ratio, Option<StretchesSeen>)> {
    let (mine, theirs) = (baseline.stretches?, other.stretches?);
    let seen = StretchesSeen { baseline: mine.number, other: theirs.number, factor: GROSS };
    Some((mine.apart(&theirs, measured)?, Some(seen)))
}

/// The ratio as measured; of shares with half an event more on each side, so that there is one where nothing happened.
fn measured(figure: Figure, baseline: &SideFigure, other: &SideFigure) -> f64 {
    let of = |side: &SideFigure| {
        if figure.is_share() {
            share_of_events(side.events as f64, side.value.samples as f64)
        } else {
            side.value.value.unwrap_or(f64::NAN)
        }
    };
    of(other) / of(baseline)
}

/// Whether some run of one side lies among those of the other, where runs were repeated.
fn overlap(baseline: &[f64], other: &[f64]) -> bool {
    if baseline.len() < 2 && other.len() < 2 {
        return false;
    }
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let apart = most(baseline) < least(other) || most(other) < least(baseline);
    !apart || baseline.iter().chain(other).any(|value| value.is_nan())
}

fn seen(side: &Side<'_>, loads: &[&LoadRecord]) -> SideSeen {
    let runs = side.runs.iter().zip(loads).map(|((place, run), load)| RunSeen {
        place: place.clone(),
        run_id: run.run_id.clone(),
        name: run.name.clone(),
        started_at: run.started_at.clone(),
        elapsed_s: run.elapsed_s,
        issuer: run.target.issuer.clone(),
        tool_version: run.environment.tool_version.clone(),
        invalid: load.generator.invalid.clone(),
        caveats: run.caveats.clone(),
    });
    SideSeen { letter: side.letter, runs: runs.collect() }
}
