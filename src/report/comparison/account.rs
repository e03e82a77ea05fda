use crate::analysis::comparison::{
    Against, Comparison, Difference, Doubt, Figure, FigureComparison, JudgedLimit, Ratio, RunSeen, SideSeen,
    Value, runs_needed,
};
use crate::analysis::{Exit, Owner, unit};

/// Most figures that a headline names.
const NAMED_MAX: usize = 4;

/// Most figures that are named as inconclusive for one reason; the table marks all of them.
pub(in crate::report) const DOUBTED_MAX: usize = 12;

/// What one side comes to against the baseline, by the server's figures: what differs, or else what can be said of most of them.
pub(in crate::report) fn overall(against: &Against) -> Difference {
    let count = |difference: Difference| against.count(difference);
    match (count(Difference::Worse), count(Difference::Better)) {
        (0, 0) if count(Difference::NoDifference) > count(Difference::Inconclusive) => {
            Difference::NoDifference
        }
        (0, 0) => Difference::Inconclusive,
        (0, _) => Difference::Better,
        (_, _) => Difference::Worse,
    }
}

/// The same as a sentence.
pub(in crate::report) fn headline(against: &Against) -> String {
    let letter = against.letter;
    let said = |difference: Difference| {
        let of = against.figures.iter().filter(|of| of.is_servers() && of.difference == difference);
        named(&of.map(|of| of.figure.to_string()).collect::<Vec<_>>(), NAMED_MAX)
    };
    let of_all = |difference: Difference| {
        format!(
            "{} of {} figures",
            against.count(difference),
            against.figures.iter().filter(|of| of.is_servers()).count()
        )
    };
    match (overall(against), against.count(Difference::NoDifference), against.count(Difference::Inconclusive))
    {
        (Difference::Worse, ..) => format!("{letter} is worse than A: {}", said(Difference::Worse)),
        (Difference::Better, ..) => format!("{letter} is better than A: {}", said(Difference::Better)),
        (Difference::NoDifference, _, 0) => format!("no difference between A and {letter} beyond the noise"),
        (Difference::NoDifference, ..) => {
            format!(
                "no difference between A and {letter} beyond the noise in {}; the others are inconclusive",
                of_all(Difference::NoDifference)
            )
        }
        (Difference::Inconclusive, 0, _) => format!("inconclusive: nothing can be said of A and {letter}"),
        (Difference::Inconclusive, ..) => {
            format!(
                "inconclusive: nothing can be said of A and {letter} in {}",
                of_all(Difference::Inconclusive)
            )
        }
    }
}

/// The first of some names, and how many more there are.
pub(in crate::report) fn named(names: &[String], most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", "))
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

/// Figures that are inconclusive for one reason.
pub(in crate::report) struct Doubted {
    /// Why.
    pub reason: &'static str,
    /// Which.
    pub figures: Vec<String>,
    /// What to do.
    pub remedy: String,
}

/// Why figures are inconclusive, each reason with its figures and what to do.
pub(in crate::report) fn doubts(against: &Against) -> Vec<Doubted> {
    // Of each reason the doubt that takes most to be cleared.
    let mut found: Vec<(&Doubt, Vec<String>)> = Vec::new();
    for of in Owner::ALL.into_iter().flat_map(|owner| shown(against, owner)) {
        let Some(doubt) = &of.doubt else { continue };
        let name = of.figure.to_string();
        match found.iter_mut().find(|(known, _)| known.kind() == doubt.kind()) {
            Some((known, names)) => {
                names.push(name);
                if doubt.times_as_long() > known.times_as_long() {
                    *known = doubt;
                }
            }
            None => found.push((doubt, vec![name])),
        }
    }
    let doubted = |(doubt, figures): (&Doubt, Vec<String>)| Doubted {
        reason: doubt.kind(),
        figures,
        remedy: doubt.remedy(),
    };
    found.into_iter().map(doubted).collect()
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
    use crate::profile::Statistic;
    use crate::record::Span;

    /// The server's figures with these verdicts, and one of the generator's that says nothing of it.
    fn against(verdicts: &[(Difference, usize)]) -> Against {
        let value = Value { value: Some(1.0), samples: 1 };
        let of = |figure: Figure, difference: Difference| FigureComparison {
            figure,
            baseline: value,
            other: value,
            ratio: None,
            difference,
            doubt: None,
            stretches: None,
            ranks: None,
        };
        let ack = Figure::Time(Span::Ack, Statistic::Mean);
        let servers = verdicts.iter().flat_map(|(verdict, n)| std::iter::repeat_n(of(ack, *verdict), *n));
        let generators = of(Figure::Time(Span::StartLag, Statistic::Mean), Difference::Worse);
        Against { letter: 'B', figures: servers.chain([generators]).collect(), limits: Vec::new() }
    }

    #[test]
    fn nobody_is_told_of_no_difference_where_most_is_unknown() {
        use Difference::{Better, Inconclusive, NoDifference, Worse};
        for (verdicts, expected) in [
            (&[(NoDifference, 2)][..], "no difference between A and B beyond the noise"),
            (
                &[(NoDifference, 3), (Inconclusive, 2)],
                "no difference between A and B beyond the noise in 3 of 5 figures; the others are inconclusive",
            ),
            (
                &[(NoDifference, 2), (Inconclusive, 2)],
                "inconclusive: nothing can be said of A and B in 2 of 4 figures",
            ),
            (&[(Inconclusive, 2)], "inconclusive: nothing can be said of A and B"),
            (&[(Inconclusive, 9), (Better, 1)], "B is better than A: ack mean"),
            (
                &[(Worse, 5), (Better, 9)],
                "B is worse than A: ack mean, ack mean, ack mean, ack mean and 1 more",
            ),
        ] {
            assert_eq!(headline(&against(verdicts)), expected);
        }
    }

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
