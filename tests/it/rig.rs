//! What load tests have in common: the relying parties of a world, and how both sides' books are held together.

use ciba_bench::ciba::{DeliveryMode, HintKind};
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::Traces;
use ciba_bench::jose::{SubjectLedger, SubjectRule};
use ciba_bench::load::{LoadResult, LoadSetting};
use ciba_bench::notification::Receiver;
use ciba_bench::profile::Profile;
use ciba_bench::record::{Answered, Counts, Endpoint, Tally};
use ciba_bench::relying_party::{
    ConsentSettings, HintSource, IssuerKeys, PartySettings, RelyingParty, RequestParameters, SignatureBudget,
    TraceIds,
};
use ciba_bench::target::TargetFacts;
use ciba_bench::transport::Transport;
use ciba_bench::world::KnownClient;
use reference_op::AccessCounts;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use url::Url;

/// What a run left behind on both sides.
pub struct Ran {
    pub result: LoadResult,
    pub op: AccessCounts,
    /// Flows, users and logins that the decision channel still holds.
    pub kept: usize,
    /// Notification tokens that are still registered.
    pub registered: usize,
}

/// The files that profiles of tests may name.
fn files(path: &str) -> Result<Vec<u8>, String> {
    match path {
        "starts.csv" => Ok(b"0.1\n0.2\n3.5\n3.5\n3.75\n4.25\n".to_vec()),
        "users.csv" => Ok(b"mail,answer\nann@a.test,\nbob@a.test,deny\ncleo@a.test,\n".to_vec()),
        _ => Err(format!("{path}: no such file")),
    }
}

pub fn profile(text: &str) -> Profile {
    Profile::parse_with("test", "test.toml", text, &files).unwrap()
}

/// A run of a profile by one relying party for each of the given clients.
pub async fn setting(
    profile: Profile,
    issuer: &Url,
    clients: &[&KnownClient],
    transport: Arc<dyn Transport>,
    traces: Arc<Traces>,
    receiver: &Receiver,
    clock: Clock,
) -> LoadSetting {
    let facts = Arc::new(TargetFacts::discover(issuer, transport.as_ref()).await.unwrap());
    let keys = Arc::new(IssuerKeys::fetch(&facts, transport.as_ref(), clock).await.unwrap());
    let settings = |hint| PartySettings {
        scope: profile.flow.scope.clone(),
        parameters: RequestParameters {
            hint,
            requested_expiry: profile.flow.requested_expiry,
            ..RequestParameters::default()
        },
        request_timeout: profile.flow.request_timeout,
        poll_timeout: profile.flow.poll_timeout,
        trace: TraceIds::new(7),
    };
    let budget = SignatureBudget::new(profile.engine.id_tokens_verified_per_s, clock.now());
    let budget = Arc::new(budget);
    let party = |client: &&KnownClient| {
        let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
        let (facts, keys, transport) = (facts.clone(), keys.clone(), transport.clone());
        let source = |(kind, share)| {
            let source = match kind {
                HintKind::LoginHint => HintSource::LoginHint,
                HintKind::IdTokenHint => HintSource::IdTokenHint(Arc::default()),
                HintKind::LoginHintToken => panic!("nothing makes login hint tokens here"),
            };
            (share, source)
        };
        let hint = HintSource::mixed(profile.flow.hint.shares().map(source).collect());
        let settings = settings(hint);
        let party = RelyingParty::new(client.client(), facts, keys, subjects, transport, settings, clock)
            .verifying_within(budget.clone());
        Arc::new(match profile.flow.consent {
            Some(kind) => {
                let (base, key) = (issuer.clone(), client.consent_key().cloned());
                party.asking_for_consents(ConsentSettings { kind, base, key })
            }
            None => party,
        })
    };
    LoadSetting {
        parties: clients.iter().map(party).collect(),
        issuer: issuer.to_string(),
        names: profile.users.names.clone(),
        profile,
        traces,
        receiver: Some(receiver.clone()),
        judges_decisions: true,
        announcer: None,
        logging: None,
        goose_report: None,
    }
}

pub const MODES: [DeliveryMode; 2] = [DeliveryMode::Poll, DeliveryMode::Ping];

const ENDPOINTS: [Endpoint; 3] = [Endpoint::BackchannelAuthentication, Endpoint::Token, Endpoint::Userinfo];

/// Answers of an endpoint as the client counted them, by the OP's words.
fn seen(counts: &Counts, endpoint: Endpoint) -> BTreeMap<String, u64> {
    let answers: &Tally<Answered> = counts.answers(endpoint);
    answers
        .iter()
        .filter(|(answered, _)| !answered.is_failure() && *answered != Answered::Cancelled)
        .map(|(answered, n)| {
            (if answered == Answered::Ok { "200".to_owned() } else { answered.to_string() }, n)
        })
        .collect()
}

/// Exchanges that may have been answered without the answer having come.
fn unanswered(counts: &Counts, endpoint: Endpoint) -> u64 {
    let answers = counts.answers(endpoint);
    [Answered::TimedOut, Answered::Broken, Answered::Cancelled]
        .into_iter()
        .map(|answered| answers.get(answered))
        .sum()
}

/// The accounting closes, nothing is left behind, and the client's counters are the OP's, but for answers that were lost
/// on the way and are counted as that.
pub fn assert_books_close(ran: &Ran) {
    let counts = &ran.result.load.counts;
    assert!(counts.closes(), "{counts:?}");
    assert_eq!((ran.kept, ran.registered), (0, 0), "something is still kept for flows that have ended");
    for endpoint in ENDPOINTS {
        let (ours, theirs) =
            (seen(counts, endpoint), ran.op.0.get(&endpoint.to_string()).cloned().unwrap_or_default());
        // The clients' own tokens come from the same endpoint and have a counter of their own.
        let theirs = theirs.into_iter().filter(|(answer, _)| answer != "client_credentials");
        let theirs: BTreeMap<_, _> = theirs.collect();
        let mut lost = 0;
        for (answer, theirs) in &theirs {
            let ours = ours.get(answer).copied().unwrap_or(0);
            assert!(ours <= *theirs, "{endpoint} {answer}: we counted {ours}, the OP {theirs}");
            lost += theirs - ours;
        }
        assert!(
            ours.keys().all(|answer| theirs.contains_key(answer)),
            "{endpoint}: {ours:?} against {theirs:?}"
        );
        assert!(lost <= unanswered(counts, endpoint), "{endpoint}: {lost} answers were lost");
    }
    let sums = ran.result.load.intervals.iter().fold(Counts::default(), |mut sum, interval| {
        sum.merge(&interval.counts);
        sum
    });
    assert_eq!(&sums, counts, "the intervals add up to the run");
}
