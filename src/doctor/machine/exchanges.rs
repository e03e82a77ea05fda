use super::calibration::CalibrationError;
use crate::ciba::{AuthReqId, DeliveryMode, Hint};
use crate::clock::{Clock, thread_time};
use crate::decision_channel::Logins;
use crate::jose::{KeySet, SubjectLedger, SubjectRule};
use crate::notification::Inbox;
use crate::record::Answered;
use crate::relying_party::{
    AuthenticationRequest, IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds,
};
use crate::target::TargetFacts;
use crate::transport::{Http, HttpSettings, Transport};
use crate::world::{Embedded, EmbeddedSettings, WorldSettings};
use futures_util::future::join_all;
use mock_auth_service::DecisionPlan;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Token requests that are sent together, once in [`EVERY`]: a run's polls are paced, too, and a loop that never waits would
/// find each of them cheaper.
const TOGETHER: u32 = 4;

/// Time between two such sendings: 4,000 requests in a second, or fewer on a machine that cannot.
const EVERY: Duration = Duration::from_millis(1);

/// Time before the measurement: connections are opened, and memory is got.
const WARM_UP: Duration = Duration::from_millis(300);

/// Time of the measurement.
const MEASURED: Duration = Duration::from_secs(1);

/// Longest wait for an answer of the embedded OP.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The user of the one flow, who never decides.
const USER: &str = "doctor";

/// Processor time of one token request with its answer, in µs: of the thread that sends it, which this one is.
pub(super) fn exchange_us(clock: Clock) -> Result<f64, CalibrationError> {
    let world = WorldSettings { plan: DecisionPlan::by_hand(), ..WorldSettings::default() };
    let settings = EmbeddedSettings { world, ..EmbeddedSettings::default() };
    let world = Embedded::start(settings, clock, Arc::new(Logins::new()), Arc::new(Inbox::new()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let measured = measure(&world, clock).await;
        world.close().await;
        measured
    })
}

async fn measure(world: &Embedded, clock: Clock) -> Result<f64, CalibrationError> {
    let party = party(world, clock).await?;
    let request = AuthenticationRequest {
        flow: 0,
        user: USER,
        hint: &Hint::LoginHint(USER.to_owned()),
        binding_message: None,
        notification_token: None,
        consent: None,
    };
    let done = party.authenticate(&request).await;
    let auth_req_id = match done.result {
        Ok(acknowledgement) => acknowledgement.auth_req_id,
        Err(_) => return Err(CalibrationError::Answered(done.answered.to_string())),
    };
    poll(&party, &auth_req_id, WARM_UP, clock).await?;
    let begun = thread_time();
    let polls = poll(&party, &auth_req_id, MEASURED, clock).await?;
    Ok(thread_time().saturating_sub(begun).as_secs_f64() * 1e6 / f64::from(polls.max(1)))
}

/// Polls for so long. The OP answers that this is too often; what that costs here is what a pending answer costs.
async fn poll(
    party: &RelyingParty,
    auth_req_id: &AuthReqId,
    time: Duration,
    clock: Clock,
) -> Result<u32, CalibrationError> {
    let until = clock.now() + time;
    let mut polls = 0;
    while clock.now() < until {
        let next = clock.now() + EVERY;
        let requests =
            (0..TOGETHER).map(|at| party.request_tokens(0, polls + at + 1, auth_req_id, USER, 0.0));
        for done in join_all(requests).await {
            if !matches!(done.answered, Answered::AuthorizationPending | Answered::SlowDown) {
                return Err(CalibrationError::Answered(done.answered.to_string()));
            }
        }
        polls += TOGETHER;
        tokio::time::sleep_until(next).await;
    }
    Ok(polls)
}

/// A poll client of the embedded OP.
async fn party(world: &Embedded, clock: Clock) -> Result<RelyingParty, CalibrationError> {
    let connections = HttpSettings { connections_max: TOGETHER as usize };
    let transport: Arc<dyn Transport> = Arc::new(Http::new(connections, clock)?);
    let facts = Arc::new(TargetFacts::discover(world.issuer(), transport.as_ref()).await?);
    // No tokens come, so that no key is needed.
    let keys = Arc::new(IssuerKeys::of(KeySet::default(), clock));
    let client = world
        .client(DeliveryMode::Poll)
        .ok_or_else(|| CalibrationError::Answered("no client for poll".to_owned()))?
        .client();
    let settings = PartySettings {
        scope: "openid".to_owned(),
        parameters: RequestParameters::default(),
        request_timeout: ANSWER_WITHIN,
        poll_timeout: ANSWER_WITHIN,
        trace: TraceIds::new(1),
    };
    let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
    Ok(RelyingParty::new(client, facts, keys, subjects, transport, settings, clock))
}
