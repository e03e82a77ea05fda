//! What a suite would do, before anything is sent.

use std::time::Duration;

use serde::Serialize;

use super::job::{Entry, SuiteJob};
use crate::cli::check_names::{counted, seconds};
use crate::conformance::{Check, Need, Pace};

/// What a suite would do.
#[derive(Debug, Serialize)]
pub struct SuitePlan {
    target: String,
    standard: &'static str,
    checks: Vec<PlannedCheck>,
    /// Most checks at a time.
    jobs: usize,
    /// All checks one after another, in seconds.
    total_s: u64,
    /// All checks with that many jobs, in seconds.
    length_s: u64,
}

#[derive(Debug, Serialize)]
struct PlannedCheck {
    id: &'static str,
    section: &'static str,
    title: &'static str,
    level: &'static str,
    needs: Vec<String>,
    estimate_s: u64,
    script: Vec<String>,
    /// Whether it fits the budget, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fits: Option<bool>,
}

impl SuitePlan {
    /// Plans a job.
    pub fn of(job: &SuiteJob) -> Self {
        let times = times(&job.entries, job.jobs, job.budget);
        let checks = job.entries.iter().zip(&times).map(|((section, check), time)| PlannedCheck {
            id: check.id,
            section: section.name,
            title: check.title,
            level: check.level().name(),
            needs: check.needs.iter().map(ToString::to_string).collect(),
            estimate_s: seconds(time.takes),
            script: check.script.iter().map(ToString::to_string).collect(),
            fits: job.budget.map(|_| time.ends.is_some()),
        });
        SuitePlan {
            target: job.target_name(),
            standard: job.standard.name(),
            checks: checks.collect(),
            jobs: job.jobs,
            total_s: seconds(times.iter().filter(|time| time.ends.is_some()).map(|time| time.takes).sum()),
            length_s: seconds(times.iter().filter_map(|time| time.ends).max().unwrap_or_default()),
        }
    }

    /// The plan for people.
    pub fn text(&self) -> String {
        let mut text = format!("conformance to {} of {}; nothing was sent\n", self.standard, self.target);
        let mut section = "";
        for check in &self.checks {
            if check.section != section {
                section = check.section;
                text.push_str(&format!("\n{section}\n"));
            }
            text.push_str(&check.text());
        }
        let left_out = self.checks.iter().filter(|check| check.fits == Some(false)).count();
        let left_out = match left_out {
            0 => String::new(),
            n => format!("; {n} more do not fit the budget"),
        };
        text.push_str(&format!(
            "\n{}: about {} s one after another, about {} s with {} at a time{left_out}\n\
             Estimates assume an interval of 5 s and requests that live for 120 s. What the metadata do not offer does not \
             apply.\n",
            counted(self.checks.iter().filter(|check| check.fits != Some(false)).count()),
            self.total_s,
            self.length_s,
            self.jobs
        ));
        text
    }
}

impl PlannedCheck {
    fn text(&self) -> String {
        let needs = match self.needs.as_slice() {
            [] => String::new(),
            needs => format!("; needs {}", needs.join(", ")),
        };
        let fits = if self.fits == Some(false) { "; does not fit the budget" } else { "" };
        let mut text = format!(
            "  {}  {}, about {} s{needs}{fits}\n    {}\n",
            self.id, self.level, self.estimate_s, self.title
        );
        for (number, step) in self.script.iter().enumerate() {
            text.push_str(&format!("    {:>3}  {step}\n", number + 1));
        }
        text
    }
}

/// How long a check takes, and when it ends; never, where it does not fit the budget.
struct Time {
    takes: Duration,
    ends: Option<Duration>,
}

/// The longest first, each in the place that is free first; those that need silence alone, after all the others.
fn times(entries: &[Entry], jobs: usize, budget: Option<Duration>) -> Vec<Time> {
    let quiet = |check: &Check| check.needs.contains(&Need::Quiet);
    let mut order: Vec<(usize, Duration)> =
        entries.iter().map(|(_, check)| check.estimate(Pace::default())).enumerate().collect();
    order.sort_by_key(|(at, takes)| (quiet(entries[*at].1), std::cmp::Reverse(*takes)));
    let mut places = vec![Duration::ZERO; jobs.max(1)];
    let mut times: Vec<Time> = order.iter().map(|_| Time { takes: Duration::ZERO, ends: None }).collect();
    for (at, takes) in order {
        if quiet(entries[at].1) {
            let all = places.iter().max().copied().unwrap_or_default();
            places = vec![all];
        }
        let Some(place) = places.iter_mut().min() else { continue };
        let ends = *place + takes;
        let fits = budget.is_none_or(|budget| ends <= budget);
        if fits {
            *place = ends;
        }
        times[at] = Time { takes, ends: fits.then_some(ends) };
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{Pause, Section, Step};

    const SECTION: Section = Section { name: "s", checks: &[] };

    const fn waiting(needs: &'static [Need], script: &'static [Step]) -> Check {
        Check { id: "c", title: "t", why: "w", covers: &[], softer: None, needs, script, fault: "f" }
    }

    #[test]
    fn places_are_filled_and_silence_comes_last() {
        static LONG: Check = waiting(&[], &[Step::Wait(Pause::Seconds(30))]);
        static SHORT: Check = waiting(&[], &[Step::Wait(Pause::Seconds(10))]);
        static QUIET: Check = waiting(&[Need::Quiet], &[Step::Wait(Pause::Seconds(5))]);
        static HERE: Section = SECTION;
        let entries: Vec<Entry> = [&SHORT, &QUIET, &SHORT, &LONG, &SHORT].map(|check| (&HERE, check)).into();
        let ends = |jobs, budget| -> Vec<Option<u64>> {
            times(&entries, jobs, budget).iter().map(|time| time.ends.map(|end| end.as_secs())).collect()
        };
        assert_eq!(ends(2, None), [Some(10), Some(35), Some(20), Some(30), Some(30)]);
        assert_eq!(ends(1, None).into_iter().max(), Some(Some(65)));
        let budget = Some(Duration::from_secs(25));
        assert_eq!(ends(1, budget), [Some(10), Some(25), Some(20), None, None]);
    }
}
