//! Load on a service: flows of the load engine at the embedded OP, whose calls of the service are timed on the wire.

use std::sync::{Arc, Mutex};

use super::parties::JudgeParties;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::run::carry_load;
use crate::clock::Clock;
use crate::decision_channel::{Marker, Traces};
use crate::jose::{SubjectLedger, SubjectRule};
use crate::load::{LoadResult, LoadSetting, Measurement};
use crate::profile::{Names, Profile};
use crate::relying_party::{IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds};

/// Runs a profile that asks these users. From now on the wire writes nothing down.
pub async fn load(
    parties: &JudgeParties,
    (profile, users): (&Profile, &[String]),
    clock: Clock,
    interrupt: &Interrupt,
    output: Output,
) -> Result<LoadResult, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let measurement = Measurement::new(cores, clock);
    parties.bench.wire.measure(measurement.clone());
    let transport = Arc::clone(&parties.bench.op);
    let keys = IssuerKeys::fetch(&parties.bench.facts, transport.as_ref(), clock)
        .await
        .map_err(Failure::internal)?;
    let (facts, keys) = (Arc::new(parties.bench.facts.clone()), Arc::new(keys));
    let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
    let settings = PartySettings {
        scope: profile.flow.scope.clone(),
        parameters: RequestParameters {
            acr_values: profile.flow.acr_values.clone(),
            binding_message: profile.flow.binding_message.clone(),
            requested_expiry: profile.flow.requested_expiry,
            further: profile.flow.parameters.clone(),
            ..RequestParameters::default()
        },
        request_timeout: profile.flow.request_timeout,
        poll_timeout: profile.flow.poll_timeout,
        trace: TraceIds::new(profile.seed),
    };
    let party = || {
        let (facts, keys, subjects) = (Arc::clone(&facts), Arc::clone(&keys), Arc::clone(&subjects));
        let (client, transport) = (parties.op.client(), Arc::clone(&transport));
        Arc::new(RelyingParty::new(client, facts, keys, subjects, transport, settings.clone(), clock))
    };
    let setting = LoadSetting {
        issuer: facts.issuer.clone(),
        parties: (0..profile.engine.relying_parties).map(|_| party()).collect(),
        names: Names::Listed(users.iter().map(|user| user.as_str().into()).collect()),
        profile: profile.clone(),
        // Nothing is told by this side: what the service decides is its own.
        traces: Arc::new(Traces::new(Some(Marker::new(profile.seed)), measurement.clone())),
        receiver: None,
        judges_decisions: false,
        announcer: None,
        logging: None,
        goose_report: None,
    };
    carry_load(measurement, setting, interrupt, output.into()).await
}
