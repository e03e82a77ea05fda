use serde::{Deserialize, Serialize};

/// Something that a reader must know before believing a figure, with its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Caveat {
    /// The generator used nearly all the processor time it could have.
    GeneratorSaturated {
        /// Share of the usable cores, 0 to 1.
        cpu_share: f64,
    },
    /// Flows began later than intended.
    BehindSchedule {
        /// 99th percentile of the lateness, in µs.
        start_lag_p99_us: u64,
    },
    /// Starts that found no capacity.
    Dropped {
        /// How many.
        dropped: u64,
        /// Of how many.
        scheduled: u64,
    },
    /// A percentile that was asked for has too few samples behind it.
    TooFewSamples {
        /// The span.
        span: String,
        /// Samples there are.
        samples: u64,
        /// Samples that its p99 needs.
        needed: u64,
    },
    /// Requests that have no time, since they failed: the percentiles of those that have one leave them out.
    TimesMissing {
        /// The span that they would have been samples of.
        span: String,
        /// How many.
        missing: u64,
        /// Of how many.
        requests: u64,
    },
    /// No warm-up was excluded.
    WarmupMissing,
    /// The authentication service could not hand on decisions as planned.
    AuthServiceWasBottleneck {
        /// Decisions that failed or were turned away.
        decisions: u64,
    },
    /// Consents that the run created are still at the server.
    ConsentsLeft {
        /// How many.
        left: u64,
        /// Of how many.
        created: u64,
    },
    /// Signatures of ID tokens that were not verified, since more tokens came than the profile verifies in full.
    SignaturesSampled {
        /// ID tokens whose signatures were not verified.
        left_out: u64,
        /// ID tokens that were verified in full.
        verified: u64,
    },
    /// Requests that had to wait until their client assertion was signed.
    AssertionsLate {
        /// How many.
        late: u64,
        /// Of how many.
        signed: u64,
    },
    /// The command that tells the memory of the system under test told nothing that could be used, now and then or always.
    ServerMemoryMissed {
        /// How often.
        failures: u64,
        /// Of how many times.
        asked: u64,
        /// Why, the last time.
        reason: String,
    },
    /// The wall clock was stepped during the run.
    ClockStepped {
        /// By how much, in ms.
        by_ms: i64,
    },
    /// The target is this tool's own embedded OP: a demonstration, not a benchmark of anybody's server.
    TargetIsReference,
    /// The run ended before its profile did.
    StoppedEarly {
        /// Why.
        reason: String,
    },
    /// The tool was built without optimisation.
    DebugBuild,
}

impl Caveat {
    /// What it means, with its numbers.
    pub fn message(&self) -> String {
        match self {
            Caveat::GeneratorSaturated { cpu_share } => {
                format!("the generator used {:.0} % of its cores", cpu_share * 100.0)
            }
            Caveat::BehindSchedule { start_lag_p99_us } => {
                format!("flows began late: start_lag p99 is {:.1} ms", *start_lag_p99_us as f64 / 1000.0)
            }
            Caveat::Dropped { dropped, scheduled } => {
                format!("{dropped} of {scheduled} starts were dropped for lack of capacity")
            }
            Caveat::TooFewSamples { span, samples, needed } => {
                format!("{span} has {samples} samples, its p99 needs {needed}")
            }
            Caveat::TimesMissing { span, missing, requests } => {
                format!(
                    "{span}: {missing} of {requests} requests failed, and have no part in its percentiles"
                )
            }
            Caveat::WarmupMissing => "no warm-up was excluded from the figures".to_owned(),
            Caveat::AuthServiceWasBottleneck { decisions } => {
                format!("{decisions} decisions could not be handed on as planned")
            }
            Caveat::ConsentsLeft { left, created } => {
                format!("{left} of the {created} consents that the run created could not be deleted")
            }
            Caveat::SignaturesSampled { left_out, verified } => {
                format!("{left_out} ID tokens were judged without their signature, {verified} with it")
            }
            Caveat::AssertionsLate { late, signed } => {
                format!("{late} of {signed} requests waited until their client assertion was signed")
            }
            Caveat::ServerMemoryMissed { failures, asked, reason } => {
                format!("memory of the server was not told {failures} of {asked} times: {reason}")
            }
            Caveat::ClockStepped { by_ms } => {
                format!("the wall clock was stepped by {by_ms} ms during the run")
            }
            Caveat::TargetIsReference => {
                "the target is the embedded OP: these figures describe this tool, not a product".to_owned()
            }
            Caveat::StoppedEarly { reason } => format!("the run ended early: {reason}"),
            Caveat::DebugBuild => "this is a build without optimisation".to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Caveat::GeneratorSaturated { .. } => "lower the rate, or give the generator more cores",
            Caveat::BehindSchedule { .. } => "lower the rate, or free the machine of other work",
            Caveat::Dropped { .. } => "raise max_in_flight (and flows_per_relying_party), or lower the rate",
            Caveat::TooFewSamples { .. } => "run longer or faster",
            Caveat::TimesMissing { .. } => {
                "judge it by a threshold, which takes failed requests for slower than all others"
            }
            Caveat::WarmupMissing => "set warmup in the profile",
            Caveat::AuthServiceWasBottleneck { .. } => {
                "look at the decision channel: its errors are in the record under decisions"
            }
            Caveat::ConsentsLeft { .. } => {
                "delete them at the server; its words are in the record under created_consents"
            }
            Caveat::SignaturesSampled { .. } => {
                "raise engine.id_tokens_verified_per_s, if there are cores left"
            }
            Caveat::AssertionsLate { .. } => {
                "lower the rate, or give the client an EC key: an RSA signature costs many times as much"
            }
            Caveat::ServerMemoryMissed { .. } => {
                "try the command of --sut-memory by hand while the server is busy"
            }
            Caveat::ClockStepped { .. } => "switch clock stepping off while measuring",
            Caveat::TargetIsReference => "give --target FILE to measure a server",
            Caveat::StoppedEarly { .. } => "run again for the full length",
            Caveat::DebugBuild => "build with --release",
        }
    }
}
