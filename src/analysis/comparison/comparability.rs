use super::Side;
use crate::analysis::unit;
use crate::record::{Arrivals, Caveat, HistogramError, LoadRecord, RunRecord, Span};
use std::collections::BTreeMap;
use toml::Value;

/// Most differences of profiles that are named.
const NAMED_MAX: usize = 4;

/// Keys of a profile that do not change the load: what is judged, what is written about it, and the seed, which a record has by
/// itself.
const BESIDE_THE_LOAD: [&str; 5] = ["thresholds", "abort_on_fail", "abort_after", "description", "seed"];

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Incomparable {
    /// There is nothing to compare.
    #[error(
        "{0} side to compare, expected a baseline and at least one other, such as: ciba-bench compare A B"
    )]
    TooFewSides(usize),
    /// A record without a load.
    #[error(
        "{place}: the record holds no load, expected that of `ciba-bench run` or `gate`; conformance runs are compared by \
             `ciba-bench conformance --baseline`"
    )]
    NoLoad {
        /// Where it was read from.
        place: String,
    },
    /// The same run twice on one side.
    #[error(
        "{place}: run {run_id} stands twice on one side, expected different runs; a copy repeats nothing"
    )]
    Twice {
        /// Where it was read from.
        place: String,
        /// Its id.
        run_id: String,
    },
    /// Runs under different loads.
    #[error("{place} is not comparable with {baseline}: {difference}; compare runs of the same profile")]
    OtherLoad {
        /// Where it was read from.
        place: String,
        /// The run that it was held against.
        baseline: String,
        /// In what they differ.
        difference: String,
    },
    /// A histogram that cannot be read.
    #[error("{place}: the histogram of span {span} cannot be read")]
    Histogram {
        /// The side.
        place: String,
        /// The span.
        span: Span,
        /// Why.
        #[source]
        source: HistogramError,
    },
}

/// The loads of all sides, where these can be compared, and what has to be known before believing the comparison.
pub(super) fn comparable<'r>(
    sides: &'r [Side<'r>],
    despite_differences: bool,
) -> Result<(Vec<Vec<&'r LoadRecord>>, Vec<String>), Incomparable> {
    if sides.len() < 2 {
        return Err(Incomparable::TooFewSides(sides.len()));
    }
    let mut loads = Vec::new();
    for side in sides {
        let mut of_side = Vec::new();
        for (at, (place, run)) in side.runs.iter().enumerate() {
            if side.runs[..at].iter().any(|(_, other)| other.run_id == run.run_id) {
                return Err(Incomparable::Twice { place: place.clone(), run_id: run.run_id.clone() });
            }
            of_side.push(run.load.as_ref().ok_or_else(|| Incomparable::NoLoad { place: place.clone() })?);
        }
        loads.push(of_side);
    }
    let mut remarks = Vec::new();
    let all: Vec<(&String, &RunRecord)> =
        sides.iter().flat_map(|side| side.runs.iter().map(|(place, run)| (place, *run))).collect();
    let Some(((baseline, first), others)) = all.split_first() else {
        return Err(Incomparable::TooFewSides(0));
    };
    for (place, run) in others {
        if let Some(difference) = other_load(first, run) {
            if !despite_differences {
                let (place, baseline) = ((*place).clone(), (*baseline).clone());
                return Err(Incomparable::OtherLoad { place, baseline, difference });
            }
            let remark = format!("{place} ran under another load than {baseline}: {difference}");
            push(&mut remarks, remark);
        }
    }
    remark(sides, &mut remarks);
    Ok((loads, remarks))
}

/// In what the loads of two runs differ, if they do.
fn other_load(baseline: &RunRecord, run: &RunRecord) -> Option<String> {
    let arrivals = |run: &RunRecord| run.load.as_ref().map(|load| load.arrivals);
    differing_models(arrivals(baseline).unwrap_or_default(), arrivals(run).unwrap_or_default())
        .or_else(|| differences_of_profiles(&baseline.profile, &run.profile))
}

/// In words, if one run has the open model and the other the closed one.
fn differing_models(baseline: Arrivals, other: Arrivals) -> Option<String> {
    let name = |arrivals: Arrivals| match arrivals {
        Arrivals::Open => "open",
        Arrivals::Closed => "closed",
    };
    (baseline != other).then(|| format!("the load model is {} against {}", name(other), name(baseline)))
}

/// In what two profiles ask for different loads, in words. Comments, thresholds, the description and the seed ask for nothing.
pub(super) fn differences_of_profiles(baseline: &str, other: &str) -> Option<String> {
    if baseline == other {
        return None;
    }
    let (Some(baseline), Some(other)) = (settings(baseline), settings(other)) else {
        return Some("the profiles differ".to_owned());
    };
    let keys: std::collections::BTreeSet<&String> = baseline.keys().chain(other.keys()).collect();
    let shown = |value: Option<&String>| value.map_or_else(|| "nothing".to_owned(), Clone::clone);
    let differing: Vec<String> = keys
        .into_iter()
        .filter(|key| baseline.get(*key) != other.get(*key))
        .map(|key| format!("{key} is {} against {}", shown(other.get(key)), shown(baseline.get(key))))
        .collect();
    let more = differing.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let named = differing.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    (!differing.is_empty()).then(|| format!("the profiles differ: {named}{more}"))
}

/// What a profile says about the load: path and value of each setting; nothing where it is no TOML.
fn settings(profile: &str) -> Option<BTreeMap<String, String>> {
    let document: toml::Table = toml::from_str(profile).ok()?;
    let mut found = BTreeMap::new();
    for (key, value) in &document {
        if !BESIDE_THE_LOAD.contains(&key.as_str()) {
            flatten(key, value, &mut found);
        }
    }
    Some(found)
}

fn flatten(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) => {
            table.iter().for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(at, value)| flatten(&format!("{path}[{at}]"), value, found));
        }
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            found.insert(path.to_owned(), value.to_string());
        }
    }
}

/// A property of a run, in words.
type Property = (&'static str, fn(&RunRecord) -> String);

/// What should be the same on all sides; where it is not, the difference may come from there.
const PROPERTIES: [Property; 9] =
    [
        ("target", |run| {
            if run.target.reference { "the embedded OP".to_owned() } else { run.target.issuer.clone() }
        }),
        ("faults switched on", |run| run.target.faults.join(", ")),
        ("seed", |run| run.seed.to_string()),
        ("version of ciba-bench", |run| run.environment.tool_version.clone()),
        ("build", |run| run.environment.build.clone()),
        ("system", |run| run.environment.system.clone()),
        ("processor", |run| run.environment.processor.clone()),
        ("cores", |run| run.environment.cores.to_string()),
        ("memory", |run| format!("{} MiB", unit::count(run.environment.memory_mib))),
    ];

fn remark(sides: &[Side<'_>], remarks: &mut Vec<String>) {
    let runs = || sides.iter().flat_map(|side| side.runs.iter().map(move |(_, run)| (side.letter, *run)));
    for (what, of) in PROPERTIES {
        let mut values: Vec<(String, Vec<char>)> = Vec::new();
        for (letter, run) in runs() {
            let value = of(run);
            match values.iter_mut().find(|(known, _)| *known == value) {
                Some((_, letters)) => letters.push(letter),
                None => values.push((value, vec![letter])),
            }
        }
        if values.len() > 1 {
            let shown = values.iter().map(|(value, letters)| {
                let value = if value.is_empty() { "none" } else { value };
                format!("{value} ({})", of_sides(letters))
            });
            push(remarks, format!("{what} differs: {}", shown.collect::<Vec<_>>().join(", ")));
        }
    }
    let mut seen: Vec<(&str, char)> = Vec::new();
    for (letter, run) in runs() {
        let again = seen.iter().find(|(id, other)| *id == run.run_id && *other != letter);
        if let Some((id, other)) = again {
            push(remarks, format!("{other} and {letter} hold the same run, {id}: nothing can differ"));
        }
        seen.push((&run.run_id, letter));
    }
    let mut caveats: Vec<(String, Vec<char>)> = Vec::new();
    for (letter, run) in runs() {
        let load = run.load.iter();
        let invalid =
            load.flat_map(|load| &load.generator.invalid).map(|reason| format!("invalid run: {reason}"));
        for text in invalid.chain(run.caveats.iter().filter_map(told)) {
            match caveats.iter_mut().find(|(known, _)| *known == text) {
                Some((_, letters)) => letters.push(letter),
                None => caveats.push((text, vec![letter])),
            }
        }
    }
    for (text, letters) in caveats {
        push(remarks, format!("{}: {text}", of_sides(&letters)));
    }
}

/// A caveat as far as it bears on a comparison. Each figure says for itself whether it has enough samples.
fn told(caveat: &Caveat) -> Option<String> {
    (!matches!(caveat, Caveat::TooFewSamples { .. })).then(|| caveat.message())
}

fn of_sides(letters: &[char]) -> String {
    let mut letters: Vec<String> = letters.iter().map(char::to_string).collect();
    letters.dedup();
    letters.join(", ")
}

fn push(remarks: &mut Vec<String>, remark: String) {
    if !remarks.contains(&remark) {
        remarks.push(remark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample::passed;

    fn sides<'r>(runs: &'r [RunRecord]) -> Vec<Side<'r>> {
        runs.iter()
            .zip('A'..)
            .map(|(run, letter)| Side { letter, runs: vec![(format!("runs/{letter}"), run)] })
            .collect()
    }

    fn pair(change: impl FnOnce(&mut RunRecord)) -> [RunRecord; 2] {
        let mut other = passed();
        other.run_id = "other".to_owned();
        change(&mut other);
        [passed(), other]
    }

    #[test]
    fn profiles_differ_in_what_they_ask_for_and_in_nothing_else() {
        let text = "seed = 1\nthresholds = [\"violations == 0\"]\n[[workload.stages]]\nduration = \"9s\"\nrate = 50\n";
        let same = "# a remark\nseed = 2\ndescription = \"x\"\nworkload.stages = [{ rate = 50, duration = \"9s\" }]\n";
        assert_eq!(differences_of_profiles(text, same), None);
        let other = text.replace("50", "60").replace("\"9s\"", "\"10s\"") + "[mix]\npoll = 1\n";
        assert_eq!(
            differences_of_profiles(text, &other).as_deref(),
            Some(
                "the profiles differ: mix.poll is 1 against nothing, workload.stages[0].duration is \"10s\" against \"9s\", \
                  workload.stages[0].rate is 60 against 50"
            )
        );
        assert_eq!(differences_of_profiles(text, "= =").as_deref(), Some("the profiles differ"));
    }

    #[test]
    fn other_loads_are_refused_and_nothing_else_is() {
        type Change = fn(&mut RunRecord);
        let refused: [(Change, &str); 4] = [
            (|run| run.profile.push_str("drain = \"1s\"\n"), "drain is \"1s\" against nothing"),
            (
                |run| run.load.as_mut().unwrap().arrivals = Arrivals::Closed,
                "the load model is closed against open",
            ),
            (|run| run.load = None, "runs/B: the record holds no load"),
            (|run| run.profile = "[mix]\npoll = 2\n".to_owned(), "compare runs of the same profile"),
        ];
        for (change, part) in refused {
            let runs = pair(change);
            let error = comparable(&sides(&runs), false).unwrap_err().to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
        let runs = pair(|run| run.profile.push_str("drain = \"1s\"\n"));
        let of = sides(&runs);
        let (loads, remarks) = comparable(&of, true).unwrap();
        assert_eq!(loads.len(), 2);
        assert!(remarks[0].contains("another load") && remarks[0].contains("drain"), "{remarks:?}");
        assert!(matches!(comparable(&of[..1], false), Err(Incomparable::TooFewSides(1))));
        let run = passed();
        let twice = Side { letter: 'A', runs: vec![("a".to_owned(), &run), ("b".to_owned(), &run)] };
        assert!(matches!(comparable(&[twice.clone(), twice], false), Err(Incomparable::Twice { .. })));
    }

    #[test]
    fn whatever_else_differs_is_told() {
        type Change = fn(&mut RunRecord);
        let table: [(Change, &str); 10] = [
            (|run| run.seed = 7, "seed differs: 42 (A), 7 (B)"),
            (|run| run.environment.cores = 8, "cores differs: 2 (A), 8 (B)"),
            (|run| run.environment.system = "Linux 9".to_owned(), "system differs"),
            (|run| run.environment.processor = "other".to_owned(), "processor differs"),
            (
                |run| run.environment.tool_version = "9".to_owned(),
                "version of ciba-bench differs: 0.1.0 (A), 9 (B)",
            ),
            (|run| run.target.reference = false, "target differs: the embedded OP (A), http://"),
            (
                |run| run.target.faults = vec!["wrong-sub".to_owned()],
                "faults switched on differs: none (A), wrong-sub (B)",
            ),
            (|run| run.caveats.push(Caveat::DebugBuild), "B: this is a build without optimisation"),
            (
                |run| run.load.as_mut().unwrap().generator.invalid.push("late".to_owned()),
                "B: invalid run: late",
            ),
            (|run| run.run_id = passed().run_id, "A and B hold the same run"),
        ];
        for (change, part) in table {
            let runs = pair(change);
            let (_, remarks) = comparable(&sides(&runs), false).unwrap();
            assert!(remarks.iter().any(|remark| remark.contains(part)), "{part}: {remarks:?}");
        }
        let runs = pair(|_| ());
        let (_, remarks) = comparable(&sides(&runs), false).unwrap();
        assert_eq!(remarks, [format!("A, B: {}", Caveat::TargetIsReference.message())]);
    }
}
