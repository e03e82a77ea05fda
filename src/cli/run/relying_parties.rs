//! The relying parties of a run: what the target says of itself, and the clients that will call it.

use std::sync::{Arc, Mutex};

use super::job::{Job, modes};
use super::parties::{Parties, PartyClient};
use crate::ciba::{DeliveryMode, HintKind};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::jose::SubjectLedger;
use crate::profile::Mix;
use crate::relying_party::{
    ConsentSettings, HintSource, IssuerKeys, PartySettings, RelyingParty, RequestParameters, SignatureBudget,
    TraceIds,
};
use crate::target::TargetFacts;
use crate::target::file::ServerUrl;
use crate::transport::{ConnectionSpread, Http, HttpSettings, Transport};

/// The target's facts and the relying parties, one for each user of the load engine.
pub struct Prepared {
    /// What the target says of itself.
    pub facts: Arc<TargetFacts>,
    /// The relying parties, at least one for each mode of the mix.
    pub parties: Vec<Arc<RelyingParty>>,
}

/// Asks the target for its metadata and keys, and makes the relying parties.
pub async fn prepare(job: &Job, parties: &Parties, run: u64, clock: Clock) -> Result<Prepared, Failure> {
    let engine = &job.profile.engine;
    let connections = HttpSettings { connections_max: engine.max_connections as usize };
    let spread = ConnectionSpread {
        max_age: engine.connection_max_age,
        source_addresses: engine.source_addresses.clone(),
    };
    let tls = job.target.as_ref().map(|target| target.file.server_tls()).unwrap_or_default();
    let http = Http::spread(connections, spread, tls, clock).map_err(Failure::internal)?;
    let transport: Arc<dyn Transport> = Arc::new(http);
    let facts = discover(job, &parties.issuer, &*transport).await?;
    let keys = IssuerKeys::fetch(&facts, &*transport, clock).await.map_err(Failure::target)?;
    let signatures = SignatureBudget::new(job.profile.engine.id_tokens_verified_per_s, clock.now());
    let common = Common {
        signatures: Arc::new(signatures),
        job,
        run,
        clock,
        transport,
        keys: Arc::new(keys),
        facts: Arc::new(facts),
    };
    let mut clients = Vec::new();
    for mode in [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push] {
        for client in parties.clients(mode) {
            let ledger = Arc::new(Mutex::new(SubjectLedger::new(parties.subject)));
            clients.push(Registered { client, ledger, hint: hint_source(job, parties)?, parties: 0 });
        }
    }
    let mut made = Vec::new();
    for mode in modes_of_parties(job.profile.mix, job.profile.engine.relying_parties) {
        // Several clients of one mode take turns.
        let of_mode = clients.iter_mut().filter(|known| known.client.client.delivery_mode() == mode);
        if let Some(known) = of_mode.min_by_key(|known| known.parties) {
            known.parties += 1;
            let (ledger, hint) = (Arc::clone(&known.ledger), known.hint.clone());
            made.push(common.relying_party(known.client, ledger, hint, parties));
        }
    }
    Ok(Prepared { facts: common.facts, parties: made })
}

/// A client, with what all its relying parties share.
struct Registered<'p> {
    client: &'p PartyClient,
    ledger: Arc<Mutex<SubjectLedger>>,
    hint: HintSource,
    /// Relying parties that it has so far.
    parties: usize,
}

/// Whether the target, by its own words, can do what the profile asks for.
pub async fn check_target(job: &Job, issuer: &ServerUrl, clock: Clock) -> Result<(), Failure> {
    let tls = job.target.as_ref().map(|target| target.file.server_tls()).unwrap_or_default();
    let http = Http::over_tls(HttpSettings { connections_max: 1 }, tls, clock).map_err(Failure::internal)?;
    discover(job, issuer, &http).await.map(|_| ())
}

async fn discover(job: &Job, issuer: &ServerUrl, transport: &dyn Transport) -> Result<TargetFacts, Failure> {
    let facts = TargetFacts::discover(issuer.url(), transport).await.map_err(Failure::target)?;
    check(job, issuer, &facts)?;
    Ok(facts)
}

/// What all relying parties share.
struct Common<'j> {
    job: &'j Job,
    run: u64,
    clock: Clock,
    transport: Arc<dyn Transport>,
    keys: Arc<IssuerKeys>,
    facts: Arc<TargetFacts>,
    signatures: Arc<SignatureBudget>,
}

impl Common<'_> {
    /// Subjects may differ from client to client, so each client has its own ledger; so it has its own ID tokens for hints.
    fn relying_party(
        &self,
        known: &PartyClient,
        ledger: Arc<Mutex<SubjectLedger>>,
        hint: HintSource,
        parties: &Parties,
    ) -> Arc<RelyingParty> {
        let flow = &self.job.profile.flow;
        let settings = PartySettings {
            scope: known.scope.clone().unwrap_or_else(|| flow.scope.clone()),
            parameters: RequestParameters {
                hint,
                user_codes: known.user_codes.clone(),
                acr_values: known.acr_values.clone().or_else(|| flow.acr_values.clone()),
                binding_message: flow.binding_message.clone(),
                requested_expiry: flow.requested_expiry,
                further: further(&flow.parameters, &known.parameters),
            },
            request_timeout: flow.request_timeout,
            poll_timeout: flow.poll_timeout,
            trace: TraceIds::new(self.run),
        };
        let party = RelyingParty::new(
            known.client.clone(),
            Arc::clone(&self.facts),
            Arc::clone(&self.keys),
            ledger,
            Arc::clone(&self.transport),
            settings,
            self.clock,
        )
        .verifying_within(Arc::clone(&self.signatures));
        Arc::new(match flow.consent.zip(parties.consents.clone()) {
            Some((kind, base)) => {
                party.asking_for_consents(ConsentSettings { kind, base, key: known.consent_key.clone() })
            }
            None => party,
        })
    }
}

/// How requests name their users; each client keeps the ID tokens that it got.
fn hint_source(job: &Job, parties: &Parties) -> Result<HintSource, Failure> {
    let source = |kind| {
        Ok(match kind {
            HintKind::LoginHint => HintSource::LoginHint,
            HintKind::IdTokenHint => HintSource::IdTokenHint(Arc::default()),
            HintKind::LoginHintToken => {
                HintSource::LoginHintToken(parties.hint_tokens.clone().ok_or_else(|| job.no_hint_tokens())?)
            }
        })
    };
    let kinds = job.profile.flow.hint.shares();
    Ok(HintSource::mixed(
        kinds.map(|(kind, share)| Ok((share, source(kind)?))).collect::<Result<_, Failure>>()?,
    ))
}

/// The profile's parameters and the client's, which win: one that is given twice would be an error (RFC 6749, 3.1).
fn further(profile: &[(String, String)], client: &[(String, String)]) -> Vec<(String, String)> {
    let is_own = |name: &String| client.iter().any(|(own, _)| own == name);
    profile.iter().filter(|(name, _)| !is_own(name)).chain(client).cloned().collect()
}

fn check(job: &Job, issuer: &ServerUrl, facts: &TargetFacts) -> Result<(), Failure> {
    if facts.issuer != issuer.as_str() {
        return Err(Failure::target(format!(
            "{issuer}: the metadata found there name the issuer {:?}, expected the same (OpenID Connect Discovery 1.0, 4.3); \
             write `issuer` in the target file as the server does",
            facts.issuer
        )));
    }
    if let Some(mode) = modes(job.profile.mix).into_iter().find(|mode| !facts.delivery_modes.contains(mode)) {
        let offered: Vec<&str> = facts.delivery_modes.iter().map(|mode| mode.name()).collect();
        return Err(Failure::target(format!(
            "{issuer}: backchannel_token_delivery_modes_supported lists {}, and the profile {} mixes {mode} flows; enable \
             {mode} at the server, or set mix.{mode} = 0 in the profile",
            offered.join(", "),
            job.profile.name,
            mode = mode.name(),
        )));
    }
    if job.profile.flow.use_token && facts.userinfo_endpoint.is_none() {
        return Err(Failure::target(format!(
            "{issuer}: no userinfo_endpoint in the metadata, and the profile {} calls it (flow.use_token); switch that off",
            job.profile.name
        )));
    }
    Ok(())
}

/// Delivery modes of `count` relying parties: in the proportions of the mix, and at least one of each of its modes.
fn modes_of_parties(mix: Mix, count: u32) -> Vec<DeliveryMode> {
    let mut parties: Vec<DeliveryMode> = (0..u64::from(count)).map(|party| mix.mode_of(party)).collect();
    for mode in modes(mix) {
        if !parties.contains(&mode) {
            // A mode that has several gives one of its own up.
            let spare = |at: &usize| parties.iter().filter(|other| **other == parties[*at]).count() > 1;
            if let Some(at) = (0..parties.len()).rev().find(spare) {
                parties.remove(at);
            }
            parties.push(mode);
        }
    }
    parties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_of_the_mix_has_a_party() {
        use DeliveryMode::{Ping, Poll, Push};
        for ([poll, ping, push], count, expected) in [
            ([1, 1, 0], 2, vec![Poll, Ping]),
            ([1, 0, 0], 3, vec![Poll, Poll, Poll]),
            ([0, 1, 0], 1, vec![Ping]),
            ([1, 1, 0], 1, vec![Poll, Ping]),
            ([9, 1, 0], 2, vec![Poll, Ping]),
            ([1, 9, 0], 3, vec![Poll, Ping, Ping]),
            ([0, 0, 1], 2, vec![Push, Push]),
            ([9, 1, 1], 3, vec![Poll, Ping, Push]),
            ([1, 1, 1], 1, vec![Poll, Ping, Push]),
        ] {
            assert_eq!(
                modes_of_parties(Mix { poll, ping, push }, count),
                expected,
                "{poll}:{ping}:{push} of {count}"
            );
        }
    }
}
