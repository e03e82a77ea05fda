//! The suite's part of a record.

use jiff::civil::Date;

use super::deviations::deviation_records;
use super::job::SuiteJob;
use crate::cli::check_names;
use crate::conformance::{Coverage, Ran, Requirement, requirements};
use crate::record::{RequirementRecord, RequirementState, Selection, SuiteRecord};

/// Puts together what was asked, what was found, and what there is to be found.
pub fn suite_record(job: &SuiteJob, ran: Ran, today: Date) -> SuiteRecord {
    let known = job.target.as_ref().map(|target| target.file.known_deviations.as_slice()).unwrap_or_default();
    SuiteRecord {
        selection: Selection {
            standard: job.standard.name().to_owned(),
            only: job.chosen.only.clone(),
            level: job.chosen.level,
            strict: job.strict,
            fail_on: job.fail_on,
            order_seed: job.order_seed,
            budget_s: job.budget.map(|budget| budget.as_secs()),
        },
        jobs: ran.jobs,
        took_ms: ran.took.as_secs_f64() * 1e3,
        deviations: deviation_records(known, &ran.checks, today),
        checks: ran.checks,
        left_out: ran.left_out,
        requirements: requirements().iter().map(requirement_record).collect(),
        polling: ran.polling,
        baseline: job.baseline.clone(),
    }
}

fn requirement_record(requirement: &Requirement) -> RequirementRecord {
    RequirementRecord {
        id: requirement.id.clone(),
        citation: requirement.citation(),
        level: requirement.level,
        text: requirement.text.clone(),
        official: requirement.official.clone(),
        state: match &requirement.coverage {
            Coverage::ByChecks => RequirementState::ByChecks { checks: covering(&requirement.id) },
            Coverage::Unobservable { reason } => RequirementState::Unobservable { reason: reason.clone() },
        },
    }
}

/// Ids of the checks that observe a requirement, whether or not they ran.
fn covering(requirement: &str) -> Vec<String> {
    check_names::covering(requirement).map(|check| check.id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_says_who_observes_it() {
        let records: Vec<RequirementRecord> = requirements().iter().map(requirement_record).collect();
        assert_eq!(records.len(), requirements().len());
        let record = records.iter().find(|record| record.id == "CORE-10.1.1-02").unwrap();
        assert_eq!(record.citation, "CIBA Core 1.0, 10.1.1");
        let RequirementState::ByChecks { checks } = &record.state else { panic!("{record:?}") };
        assert!(checks.contains(&"ciba/10.1.1/single-use".to_owned()), "{checks:?}");
        let hidden =
            |record: &&RequirementRecord| matches!(record.state, RequirementState::Unobservable { .. });
        assert!(records.iter().any(|record| hidden(&record)));
    }
}
