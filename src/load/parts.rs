use crate::profile::{Profile, Stage};
use crate::record::StageRecord;
use std::time::Duration;

/// One stretch of the run with figures of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub name: String,
    /// Whether its figures count.
    pub measured: bool,
    /// Since the run's start.
    pub start: Duration,
    pub end: Duration,
    /// Load asked for at its start and at its end.
    pub asked_from: f64,
    pub asked_to: f64,
}

/// Divides a run into the warm-up, the stages and the drain, which has no end of its own.
pub(super) fn parts(profile: &Profile) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = Duration::ZERO;
    for Stage { name, duration, from, to } in profile.workload.stages() {
        let end = start + *duration;
        let load_at = |at: Duration| from + (to - from) * (at - start).as_secs_f64() / duration.as_secs_f64();
        let cut = profile.warmup.clamp(start, end);
        for (name, measured, start, end) in
            [(StageRecord::WARM_UP, false, start, cut), (name.as_str(), true, cut, end)]
        {
            if start < end {
                let (asked_from, asked_to) = (load_at(start), load_at(end));
                parts.push(Part { name: name.to_owned(), measured, start, end, asked_from, asked_to });
            }
        }
        start = end;
    }
    let drain = Part {
        name: StageRecord::DRAIN.to_owned(),
        measured: false,
        start,
        end: Duration::MAX,
        asked_from: 0.0,
        asked_to: 0.0,
    };
    parts.push(drain);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        Profile::parse("test", "test.toml", text).unwrap()
    }

    #[test]
    fn a_run_is_divided_into_warm_up_stages_and_drain() {
        let profile = profile(
            r#"
            warmup = "2s"
            [workload]
            model = "open"
            max_in_flight = 100
            [[workload.stages]]
            name = "up"
            duration = "4s"
            from = "10/s"
            to = "50/s"
            [[workload.stages]]
            name = "hold"
            duration = "3s"
            rate = "50/s"
            "#,
        );
        let seen: Vec<_> = parts(&profile)
            .into_iter()
            .map(|part| (part.name, part.measured, part.start.as_secs(), part.asked_from, part.asked_to))
            .collect();
        assert_eq!(
            seen,
            [
                (StageRecord::WARM_UP.to_owned(), false, 0, 10.0, 30.0),
                ("up".to_owned(), true, 2, 30.0, 50.0),
                ("hold".to_owned(), true, 4, 50.0, 50.0),
                ("drain".to_owned(), false, 7, 0.0, 0.0),
            ]
        );
    }
}
