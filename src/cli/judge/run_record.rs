//! The record of a judgement.

use std::time::Duration;

use super::arguments::Arguments;
use super::job::JudgeJob;
use super::parties::JudgeParties;
use crate::analysis::{caveats, invalid_reasons, judge_thresholds};
use crate::auth_service_suite::{Ran, SENTENCES, Sentence, every_check};
use crate::ciba::Level;
use crate::cli::machine::environment;
use crate::cli::results::rfc3339;
use crate::load::LoadResult;
use crate::record::{
    AUTH_SERVICE_STANDARD, ConformanceRecord, Ended, RequirementRecord, RequirementState, RunRecord, SCHEMA,
    Selection, SuiteRecord, TargetSeen,
};

/// What came of a job.
pub struct Judged {
    /// The run's random number.
    pub run: u64,
    /// When the first check began, as time since the Unix epoch.
    pub begun: Duration,
    /// How the checks ended.
    pub ended: Ended,
    /// The checks.
    pub ran: Ran,
    /// The load, where there was one.
    pub load: Option<LoadResult>,
    /// How far the wall clock moved against the monotonic one, in seconds.
    pub wall_drift_s: f64,
}

/// The whole record. `descriptors` is the limit in force.
pub fn run_record(
    job: &JudgeJob,
    arguments: &Arguments,
    parties: &JudgeParties,
    judged: Judged,
    descriptors: u64,
) -> RunRecord {
    let Judged { run, begun, mut ended, ran, load, wall_drift_s } = judged;
    let mut elapsed_s = ran.took.as_secs_f64();
    let (mut conformance, mut gates, mut load_record) = (ConformanceRecord::default(), Vec::new(), None);
    if let (Some(result), Some((profile, _))) = (load, &job.load) {
        let LoadResult { mut load, conformance: seen, ended: load_ended, elapsed_s: took, .. } = result;
        load.generator.invalid = invalid_reasons(&load, &environment(descriptors));
        gates = judge_thresholds(&profile.thresholds, &load, Some(&seen));
        elapsed_s += took;
        ended = load_ended;
        (conformance, load_record) = (seen, Some(load));
    }
    conformance.suite = Some(suite_record(job, ran));
    let mut record = RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: format!("{run:016x}"),
        name: AUTH_SERVICE_STANDARD.to_owned(),
        command: command(job, arguments),
        started_at: rfc3339(begun),
        elapsed_s,
        ended,
        seed: job.load.as_ref().map(|(profile, _)| profile.seed).unwrap_or_default(),
        environment: environment(descriptors),
        target: TargetSeen {
            issuer: parties.service_url.clone(),
            reference: false,
            backchannel_authentication_endpoint: parties
                .bench
                .facts
                .backchannel_authentication_endpoint
                .to_string(),
            token_endpoint: parties.bench.facts.token_endpoint.to_string(),
            delivery_modes: Vec::new(),
            faults: job.faults.iter().map(|fault| fault.name().to_owned()).collect(),
        },
        profile: job.load.as_ref().map(|(_, text)| text.clone()).unwrap_or_default(),
        conformance: Some(conformance),
        load: load_record,
        capacity: None,
        gates,
        caveats: Vec::new(),
    };
    record.caveats = caveats(&record, wall_drift_s);
    record
}

fn suite_record(job: &JudgeJob, ran: Ran) -> SuiteRecord {
    SuiteRecord {
        selection: Selection {
            standard: AUTH_SERVICE_STANDARD.to_owned(),
            only: job.only.clone(),
            level: Level::May,
            strict: false,
            fail_on: job.fail_on,
            order_seed: None,
            budget_s: None,
        },
        jobs: 1,
        took_ms: ran.took.as_secs_f64() * 1e3,
        checks: ran.checks,
        left_out: ran.left_out,
        requirements: SENTENCES.iter().map(requirement_record).collect(),
        polling: None,
        deviations: Vec::new(),
        baseline: None,
    }
}

fn requirement_record(sentence: &Sentence) -> RequirementRecord {
    let observers = every_check().filter(|(_, check)| check.covers.contains(&sentence.id));
    RequirementRecord {
        id: sentence.id.to_owned(),
        citation: sentence.citation.to_owned(),
        level: sentence.level,
        text: sentence.text.to_owned(),
        official: Vec::new(),
        state: RequirementState::ByChecks {
            checks: observers.map(|(_, check)| check.id.to_owned()).collect(),
        },
    }
}

/// The command line that repeats the run; secrets stand in it as references, or not at all.
fn command(job: &JudgeJob, arguments: &Arguments) -> Vec<String> {
    let mut words = vec!["ciba-bench".to_owned(), "judge".to_owned(), "auth-service".to_owned()];
    words.extend(job.service.as_ref().map(ToString::to_string));
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    if !arguments.fault.is_empty() {
        option("--fault", &arguments.fault.join(","));
    }
    if job.service.is_some() {
        option("--username", &arguments.username);
        for (name, given) in
            [("--password", &arguments.password), ("--client-secret", &arguments.client_secret)]
        {
            let given = given.as_deref().unwrap_or_default();
            let reference = given.starts_with("env:") || given.starts_with("file:");
            option(name, if reference { given } else { "env:NAME" });
        }
        job.users.iter().for_each(|user| option("--user", user));
        for (name, user) in
            [("--refusing-user", &arguments.refusing_user), ("--thinking-user", &arguments.thinking_user)]
        {
            user.iter().for_each(|user| option(name, user));
        }
        option("--listen", &job.listen.to_string());
    }
    if let Some(url) = &job.public_url {
        option("--public-url", url);
    }
    for pattern in &arguments.only {
        option("--only", pattern);
    }
    if let Some(rate) = arguments.rate {
        option("--rate", &rate.to_string());
        option("--for", &mock_auth_service::duration::format(arguments.load_for));
    }
    words
}
