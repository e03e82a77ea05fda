use crate::analysis::comparison::{
    Against, Comparison, Difference, Doubt, Figure, FigureComparison, JudgedLimit, Ratio, RunSeen, SideSeen,
    Value, runs_needed,
};
use crate::analysis::{Exit, Owner, unit};

/// Most figures that a headline names.
const NAMED_MAX: usize = 4;

/// What one side comes to against the baseline, by the server's figures.
pub(in crate::report) fn overall(against: &Against) -> Difference {
    [Difference::Worse, Difference::Better, Difference::NoDifference]
        .into_iter()
        .find(|difference| against.count(*difference) > 0)
        .unwrap_or(Difference::Inconclusive)
}

/// The same as a sentence.
pub(in crate::report) fn headline(against: &Against) -> String {
    let letter = against.letter;
    let said = |difference: Difference| {
        let of: Vec<&FigureComparison> =
            against.figures.iter().filter(|of| of.is_servers() && of.difference == difference).collect();
        let names: Vec<String> = of.iter().take(NAMED_MAX).map(|of| of.figure.to_string()).collect();
        let more = of.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    };
    match overall(against) {
        Difference::Worse => format!("{letter} is worse than A: {}", said(Difference::Worse)),
        Difference::Better => format!("{letter} is better than A: {}", said(Difference::Better)),
        Difference::NoDifference => format!("no difference between A and {letter} beyond the noise"),
        Difference::Inconclusive => format!("inconclusive: nothing can be said of A and {letter}"),
    }
}

/// How many of the server's figures came to what: `1 worse, 2 better, 30 no difference, 4 inconclusive`.
pub(in crate::report) fn counts(against: &Against) -> String {
    let count = |difference: Difference| format!("{} {difference}", against.count(difference));
    let all = [Difference::Worse, Difference::Better, Difference::NoDifference, Difference::Inconclusive];
    format!("of the server's figures: {}", all.map(count).join(", "))
}

/// By what it was judged.
pub(in crate::report) fn rule(comparison: &Comparison) -> String {
    let settings = comparison.settings;
    format!(
        "Better or worse: the whole {} interval of the ratio lies beyond {} of noise; no difference: it lies within; else \
         inconclusive.",
        whole_percent(settings.confidence),
        whole_percent(settings.noise)
    )
}

/// `95 %`: what is set is not measured.
pub(in crate::report) fn whole_percent(share: f64) -> String {
    let percent = (share * 100.0 * 1e6).round() / 1e6;
    format!("{percent} %")
}

/// The exit code and what it means; nothing where no limits were set.
pub(in crate::report) fn exit_line(comparison: &Comparison) -> Option<String> {
    let judged = comparison.against.iter().any(|of| !of.limits.is_empty());
    let exit = comparison.exit();
    judged.then(|| format!("exit code {}: {}", exit.code(), exit.about()))
}

/// Figures that are shown of one group: what nobody has enough samples for is left out, and so is most of what is not the
/// server's.
pub(in crate::report) fn shown(against: &Against, owner: Owner) -> Vec<&FigureComparison> {
    let detailed = matches!(owner, Owner::Server | Owner::EndToEnd);
    let wanted = |figure: Figure| detailed || figure.is_telling();
    let of = against.figures.iter().filter(|of| of.figure.owner() == owner && wanted(of.figure));
    of.filter(|of| of.baseline.value.is_some() || of.other.value.is_some()).collect()
}

/// A value with its unit.
pub(in crate::report) fn value(figure: Figure, value: Value) -> String {
    value.value.map_or_else(|| unit::NONE.to_owned(), |value| figure.written(value))
}

/// A ratio with three digits after the point, as far as these say anything, and more where the first of them would be none.
pub(in crate::report) fn ratio(ratio: f64) -> String {
    match ratio {
        none if !none.is_finite() => unit::NONE.to_owned(),
        tiny if 0.0 < tiny && tiny < 0.01 => format!("{tiny:.5}"),
        less if 0.0 < less && less < 0.1 => format!("{less:.4}"),
        small if small < 9.999_5 => format!("{small:.3}"),
        large => unit::figure(large),
    }
}

/// The interval of a ratio: `0.98 to 1.04`.
pub(in crate::report) fn interval(of: Option<Ratio>) -> String {
    of.map_or_else(|| unit::NONE.to_owned(), |of| format!("{} to {}", ratio(of.low), ratio(of.high)))
}

/// The interval of a figure's ratio; marked where it is not the one that the heading names.
pub(in crate::report) fn interval_of(of: &FigureComparison) -> String {
    let mark = if of.stretches.is_some() { " *" } else { "" };
    format!("{}{mark}", interval(of.ratio))
}

/// What the mark at an interval means; nothing where there is none.
pub(in crate::report) fn stretches_line(against: &Against) -> Option<String> {
    let seen = against.figures.iter().find_map(|of| of.stretches)?;
    Some(format!(
        "*: a run too short for an interval of 95 %, and a difference that does not need one: every stretch of one side is at least {} \
         times as large as every stretch of the other. Told is the least and the most between two of them.",
        seen.factor
    ))
}

/// Why figures are inconclusive, each reason with its figures and what to do.
pub(in crate::report) fn doubts(against: &Against) -> Vec<(&'static str, Vec<String>, &'static str)> {
    let mut found: Vec<(&Doubt, Vec<String>)> = Vec::new();
    for of in Owner::ALL.into_iter().flat_map(|owner| shown(against, owner)) {
        let Some(doubt) = &of.doubt else { continue };
        let name = of.figure.to_string();
        match found.iter_mut().find(|(known, _)| known.kind() == doubt.kind()) {
            Some((_, names)) => names.push(name),
            None => found.push((doubt, vec![name])),
        }
    }
    found.into_iter().map(|(doubt, names)| (doubt.kind(), names, doubt.remedy())).collect()
}

/// What the runs' number lets a test of ranks say; nothing where no run was repeated and nothing differs.
pub(in crate::report) fn ranks_line(against: &Against) -> Option<String> {
    let Some(seen) = against.figures.iter().find_map(|of| of.ranks) else {
        let differs = against.count(Difference::Worse) + against.count(Difference::Better) > 0;
        return differs.then(|| {
            format!(
                "One run of A and one of {}: whatever changes from one start of a server to the next counts as a difference. {} runs a \
                 side tell them apart (A1,A2.. {}1,{}2..).",
                against.letter,
                runs_needed(),
                against.letter,
                against.letter
            )
        });
    };
    let (mine, theirs) = (seen.baseline_runs, seen.other_runs);
    Some(if seen.p.is_some() || against.figures.iter().any(|of| of.ranks.is_some_and(|of| of.p.is_some())) {
        format!(
            "{mine} runs of A against {theirs} of {}: ratio and interval come from the runs' ranks, p from Mann and Whitney's test; \
             {:.3} is the least that so many runs can show.",
            against.letter, seen.least_p
        )
    } else {
        format!(
            "{mine} runs of A against {theirs} of {}: a test of their ranks can show p = {:.2} at best and takes {} runs a side. Better \
             and worse are said only where no runs overlap.",
            against.letter, seen.least_p, seen.needed
        )
    })
}

/// One run of a side.
pub(in crate::report) fn run(run: &RunSeen) -> String {
    format!("{}: {}", run.place, about(run))
}

/// The same without its place.
pub(in crate::report) fn about(run: &RunSeen) -> String {
    format!(
        "{}, run {}, {}, for {}, against {}",
        run.name,
        run.run_id,
        run.started_at,
        unit::seconds(run.elapsed_s),
        run.issuer
    )
}

/// The name of a side: its letter, and how many runs it has.
pub(in crate::report) fn side(side: &SideSeen) -> String {
    let baseline = if side.letter == 'A' { ", the baseline" } else { "" };
    match side.runs.len() {
        1 => format!("{}{baseline}", side.letter),
        runs => format!("{}{baseline}, {runs} runs", side.letter),
    }
}

/// What a limit came to, in a mark.
pub(in crate::report) fn holds(limit: &JudgedLimit) -> bool {
    limit.outcome.exit() == Exit::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_keep_what_matters() {
        for (value, text) in [
            (1.0, "1.000"),
            (0.9512, "0.951"),
            (0.0123, "0.0123"),
            (0.00154, "0.00154"),
            (0.0, "0.000"),
            (9.9996, "10.0"),
            (123.4, "123"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(ratio(value), text);
        }
        assert_eq!((whole_percent(0.05), whole_percent(0.95)), ("5 %".to_owned(), "95 %".to_owned()));
        assert_eq!(whole_percent(0.025), "2.5 %");
    }
}
