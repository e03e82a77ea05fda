//! One task waits for whatever is due next; each decision then gets a task of its own, within a bound.

use std::{
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    fault::Fault,
    history::HistoryEntry,
    open_banking,
    pending::{Decided, Login, Waiting},
    plan::Decision,
    service::Shared,
    system_api::{Answer, Granted, LoginRef},
};

/// A decision that begins later than this after its time is counted as late.
const LATE: Duration = Duration::from_millis(10);

/// The scheduler. Ends when the service is closed or gone.
pub(crate) async fn run(shared: Weak<Shared>, wake: Arc<Notify>, permits: Arc<Semaphore>) {
    loop {
        let Some(next) = next_step(&shared) else { return };
        match next {
            Step::Idle => wake.notified().await,
            Step::WaitUntil(due) => {
                tokio::select! {
                    () = tokio::time::sleep_until(due) => {}
                    () = wake.notified() => {}
                }
            }
            Step::Decide => {
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
                let Some(shared) = shared.upgrade() else { return };
                let now = shared.clock.now();
                let taken = shared.pending().take_due(now);
                if let Some(waiting) = taken {
                    if waiting.due.is_some_and(|(due, _)| now.saturating_duration_since(due) > LATE) {
                        shared.counts.add(|counts| counts.decisions.late += 1);
                    }
                    tokio::spawn(deliver(shared, waiting, permit));
                }
            }
        }
    }
}

enum Step {
    Idle,
    WaitUntil(Instant),
    Decide,
}

fn next_step(shared: &Weak<Shared>) -> Option<Step> {
    let shared = shared.upgrade()?;
    let pending = shared.pending();
    if pending.is_closed() {
        return None;
    }
    Some(match pending.next_due() {
        None => Step::Idle,
        Some(due) if due <= shared.clock.now() => Step::Decide,
        Some(due) => Step::WaitUntil(due),
    })
}

/// Carries one decision out and tells everybody.
async fn deliver(shared: Arc<Shared>, waiting: Waiting, permit: OwnedSemaphorePermit) {
    let Waiting { login, plan, decision, fetch_details, by_hand, .. } = waiting;
    let faults = shared.faults;
    // Whoever decides by hand may want to see what a late decision does.
    let ignores_expiry = faults.has(Fault::DecidesAfterExpiry)
        || (faults.has(Fault::DecidesAfterThinking) && login.expires > Some(login.arrived));
    if by_hand.is_none() && has_expired(&shared, &login) && !ignores_expiry {
        shared.counts.add(|counts| counts.decisions.expired += 1);
        return record(&shared, login, decision, Some(unsent(&shared, "the request had expired")));
    }
    let another = faults.has(Fault::DecidesAnotherLogin).then(|| format!("{}0", login.login_id));
    let is_denial = decision == Decision::Deny;
    let is_stateless =
        faults.has(Fault::LoginStateMissing) || (is_denial && faults.has(Fault::DenialWithoutState));
    let id = LoginRef {
        login_id: another.as_deref().unwrap_or(&login.login_id),
        login_state: login.login_state.as_deref().filter(|_| !is_stateless),
        consent: login.consent,
    };
    // What a consent says has to be known before anybody can decide.
    let debtor = match fetch_details || login.consent.is_some() {
        true => open_banking::debtor_account(&fetch(&shared, id).await),
        false => None,
    };
    let accounts = debtor.as_ref().map_or(&shared.account_ids[..], std::slice::from_ref);
    let grant = by_hand.as_ref().and_then(|by_hand| by_hand.grant.as_ref()).unwrap_or(&plan.grant);
    let requested = || login.requested_scopes.iter().map(AsRef::as_ref);
    let mut granted = match decision {
        Decision::Approve => Some(grant.granted(requested())),
        Decision::Deny if faults.has(Fault::DenialAsApproval) => Some(grant.granted(requested())),
        Decision::Deny => None,
        // Ignored logins have no due time and are never delivered.
        Decision::Ignore => return,
    };
    if let Some(scopes) = &mut granted {
        if faults.has(Fault::OpenidNotGranted) {
            scopes.retain(|scope| *scope != "openid");
        }
        if faults.has(Fault::ScopesBeyondRequest) {
            scopes.push("everything");
        }
    }
    let verdict = granted.as_deref().map(|scopes| Granted { scopes, accounts });
    let on_sent = |at| shared.observer.decision_sent(id.login_id, decision, at);
    let whom = (&login, id);
    let answer = shared.dialect.decide(whom, decision, verdict, &shared.counts, on_sent).await;
    if faults.has(Fault::DecidesTwice) {
        shared.dialect.decide(whom, decision, verdict, &shared.counts, |_| {}).await;
    }
    if is_denial && faults.has(Fault::ApprovalAfterDenial) {
        let all = grant.granted(requested());
        let all = Some(Granted { scopes: &all, accounts });
        shared.dialect.decide(whom, Decision::Approve, all, &shared.counts, |_| {}).await;
    }
    shared.observer.decision_answered(id.login_id, decision, answer.status, answer.answered);
    shared.counts.add(|counts| match (answer.is_success(), decision) {
        (true, Decision::Approve) => counts.decisions.accepted += 1,
        (true, Decision::Deny) => counts.decisions.denied += 1,
        (true, Decision::Ignore) | (false, _) => counts.decisions.failed += 1,
    });
    let decided = Decided {
        status: answer.status,
        sent: answer.sent,
        answered: answer.answered,
        problem: answer.problem.clone(),
    };
    record(&shared, login, decision, Some(answer));
    drop(permit);
    if let Some(by_hand) = by_hand {
        // Whoever asked may have left.
        let _ = by_hand.reply.send(decided);
    }
}

pub(crate) fn has_expired(shared: &Shared, login: &Login) -> bool {
    login.expires.is_some_and(|expires| shared.clock.now() >= expires)
}

/// The answer to a decision that was not sent.
fn unsent(shared: &Shared, problem: &str) -> Answer {
    let answered = shared.clock.now();
    Answer {
        status: None,
        sent: None,
        answered,
        attempts: 0,
        problem: Some(problem.to_owned()),
        body: Bytes::new(),
    }
}

/// Puts a decision into the history; without an answer it is one that was ignored.
pub(crate) fn record(shared: &Shared, login: Login, decision: Decision, answer: Option<Answer>) {
    let finished = answer.as_ref().map_or(login.arrived, |answer| answer.answered);
    let (status, attempts, problem) =
        answer.map_or((None, 0, None), |answer| (answer.status, answer.attempts, answer.problem));
    let entry = HistoryEntry {
        login_id: login.login_id.as_ref().into(),
        user_identifier: login.user_identifier,
        binding_message: login.binding_message,
        client_id: login.client_id,
        decision,
        status,
        attempts,
        problem,
        started_at_ms: since_1970(shared.clock.wall_at(login.arrived)),
        finished_at_ms: since_1970(shared.clock.wall_at(finished)),
    };
    shared.history().push(entry);
}

/// Asks for the details; the body of the answer.
async fn fetch(shared: &Shared, login: LoginRef<'_>) -> Bytes {
    let Some(answer) = shared.dialect.details(login, &shared.counts).await else { return Bytes::new() };
    let fetched = answer.is_success();
    shared.counts.add(|counts| {
        let counter = if fetched { &mut counts.details.fetched } else { &mut counts.details.failed };
        *counter += 1;
    });
    if let (Some(sent), Some(_)) = (answer.sent, answer.status) {
        shared.observer.details(login.login_id, sent, answer.answered);
    }
    answer.body
}

fn since_1970(wall: SystemTime) -> u64 {
    let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
