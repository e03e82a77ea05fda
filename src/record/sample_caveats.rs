//! Caveats for tests.

use super::Caveat;

/// One caveat of each kind, in the enum's order.
pub(super) fn every_caveat() -> Vec<Caveat> {
    let mut caveats = vec![Caveat::GeneratorSaturated { cpu_share: 0.94 }];
    while let Some(next) = caveats.last().and_then(after) {
        caveats.push(next);
    }
    caveats
}

/// The compiler sees to it that no caveat is forgotten.
fn after(caveat: &Caveat) -> Option<Caveat> {
    Some(match caveat {
        Caveat::GeneratorSaturated { .. } => Caveat::BehindSchedule { start_lag_p99_us: 61_200 },
        Caveat::BehindSchedule { .. } => Caveat::Dropped { dropped: 162, scheduled: 2_592 },
        Caveat::Dropped { .. } => {
            Caveat::TooFewSamples { span: "poll_error".to_owned(), samples: 4, needed: 300 }
        }
        Caveat::TooFewSamples { .. } => {
            Caveat::TimesMissing { span: "ack".to_owned(), missing: 56, requests: 2_592 }
        }
        Caveat::TimesMissing { .. } => Caveat::WarmupMissing,
        Caveat::WarmupMissing => Caveat::AuthServiceWasBottleneck { decisions: 7 },
        Caveat::AuthServiceWasBottleneck { .. } => Caveat::ConsentsLeft { left: 3, created: 1_204 },
        Caveat::ConsentsLeft { .. } => Caveat::SignaturesSampled { left_out: 4_400, verified: 30_000 },
        Caveat::SignaturesSampled { .. } => Caveat::AssertionsLate { late: 310, signed: 9_000 },
        Caveat::AssertionsLate { .. } => Caveat::ServerMemoryMissed {
            failures: 2,
            asked: 7,
            reason: "failed with exit status: 1: no such process".to_owned(),
        },
        Caveat::ServerMemoryMissed { .. } => Caveat::ClockStepped { by_ms: -1_500 },
        Caveat::ClockStepped { .. } => Caveat::TargetIsReference,
        Caveat::TargetIsReference => {
            Caveat::StoppedEarly { reason: "the target stopped answering".to_owned() }
        }
        Caveat::StoppedEarly { .. } => Caveat::DebugBuild,
        Caveat::DebugBuild => return None,
    })
}
