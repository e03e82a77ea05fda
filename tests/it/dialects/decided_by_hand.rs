//! The checks, and a person who decides, in other dialects.

use super::neighbour::{Neighbour, UNKNOWN_USER};
use ciba_bench::ciba::Decision;
use ciba_bench::conformance::{Approach, Hints, Notifications, Ran, RunOptions, every_check, run};
use ciba_bench::decision_channel::{Decisions, Logins, Person, Sought, hand_plan};
use ciba_bench::jose::SubjectRule;
use ciba_bench::notification::{Inbox, NotificationSink};
use ciba_bench::record::{CheckRecord, Verdict};
use ciba_bench::selftest::{embedded_clients, virtual_time};
use ciba_bench::target::file::PollingEnforcement;
use mock_auth_service::{AuthService, DecisionPlan, Observer};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

type Make = fn(DecisionPlan, Arc<dyn Observer>, Arc<dyn NotificationSink>) -> Neighbour;

/// Runs checks against such a server; `which` says which ones.
fn checked(make: Make, which: fn(&str) -> bool, by_person: bool) -> (Vec<CheckRecord>, Vec<String>) {
    virtual_time(async move {
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let neighbour = make(hand_plan(UNKNOWN_USER), logins.clone(), inbox.clone());
        let world = &neighbour.world;
        let notes = Arc::new(Mutex::new(Vec::new()));
        let person = by_person.then(|| {
            let (service, notes, logins) = (neighbour.service.clone(), notes.clone(), logins.clone());
            Person::new("http://127.0.0.1:1/device".to_owned(), move |text| {
                notes.lock().unwrap().push(text.to_owned());
                tokio::spawn(obey(service.clone(), logins.clone(), text.to_owned()));
            })
        });
        let decisions = Decisions::new(neighbour.service.clone(), logins).by_person(person);
        let clients =
            embedded_clients(world.clients(), world.user_code_client(), world.unregistered_client());
        let approach = Approach {
            transport: world.transport(),
            clock: world.clock(),
            clients: clients.unwrap(),
            bank: None,
            registration: None,
            hints: Hints {
                login_hint_tokens: world.hint_tokens().cloned(),
                id_tokens: true,
                user_codes: world.user_codes().clone(),
            },
            users: (1..=64).map(|n| format!("user-{n:02}")).collect(),
            unknown_user: UNKNOWN_USER.to_owned(),
            names_unknown_user: true,
            decisions: Some(decisions),
            notifications: Some(Notifications {
                certificate: None,
                receiver: world.receiver().clone(),
                inbox,
                url: world.notification_url().clone(),
            }),
            subject: SubjectRule::Hint,
            enforcement: PollingEnforcement::Required,
            strict: true,
            fapi_ciba: false,
            run: 1,
        };
        let surface = Arc::new(approach.discover(world.issuer()).await.unwrap());
        let (_, stop) = watch::channel(false);
        let options = RunOptions { jobs: 64, order_seed: None, budget: None, stop };
        let entries: Vec<_> = every_check().filter(|(_, check)| which(check.id)).collect();
        let Ran { checks, .. } = run(surface, &entries, &options, &|_| {}).await;
        let notes = notes.lock().unwrap().clone();
        (checks, notes)
    })
}

/// A person who does what they are told a while later, as far as the page goes.
async fn obey(service: AuthService, logins: Arc<Logins>, text: String) {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let user = text.split('"').nth(1).unwrap().to_owned();
    let message = text.split('"').nth(3).map(str::to_owned);
    let starts = logins.starts(&user);
    let Some(login) = starts.iter().rev().find(|start| start.binding_message == message) else { return };
    let _ = match text.contains(": allow ") {
        true => service.approve(&login.login_id).await,
        false => service.deny(&login.login_id).await,
    };
}

fn failed(checks: &[CheckRecord]) -> Vec<String> {
    let bad = |check: &&CheckRecord| !matches!(check.verdict, Verdict::Pass | Verdict::NotApplicable { .. });
    checks.iter().filter(bad).map(|check| format!("{} {:?}", check.id, check.verdict)).collect()
}

fn reason<'a>(checks: &'a [CheckRecord], id: &str) -> Option<&'a str> {
    match &checks.iter().find(|check| check.id == id).unwrap().verdict {
        Verdict::NotApplicable { reason } => Some(reason),
        Verdict::Pass | Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => None,
    }
}

fn passed(checks: &[CheckRecord]) -> usize {
    checks.iter().filter(|check| check.verdict == Verdict::Pass).count()
}

#[test]
fn checks_hold_by_keycloaks_channel_as_far_as_it_goes() {
    let (checks, _) = checked(Neighbour::keycloak, |_| true, false);
    assert_eq!(failed(&checks), [""; 0]);
    assert!(passed(&checks) > 100, "{}", passed(&checks));
}

#[test]
fn checks_hold_by_an_approval_url_as_far_as_it_goes() {
    let (checks, _) = checked(Neighbour::with_approval_url, |_| true, false);
    assert_eq!(failed(&checks), [""; 0]);
    assert!(passed(&checks) > 90, "{}", passed(&checks));
    let unseen: Vec<_> = checks
        .iter()
        .filter_map(|check| reason(std::slice::from_ref(check), &check.id))
        .filter(|reason| reason.contains("cannot be seen"))
        .collect();
    assert!(unseen.len() >= 3, "{unseen:?}");
}

#[test]
fn a_person_is_told_what_to_decide_and_waited_for() {
    const SOME: [&str; 3] =
        ["ciba/10.1.1/token-response", "ciba/11/access-denied", "oauth/5.1/narrowed-scope"];
    let (checks, notes) = checked(Neighbour::keycloak, |id| SOME.contains(&id), true);
    assert_eq!(failed(&checks), [""; 0]);
    assert_eq!(passed(&checks), 2, "{checks:#?}");
    let narrowed = reason(&checks, "oauth/5.1/narrowed-scope");
    assert_eq!(narrowed, Some("a decision cannot say here which scopes are granted"));
    assert!(notes.iter().all(|note| note.starts_with("a person has to decide: ")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("deny the request for \"user-")), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_decides_otherwise_or_not_at_all_is_told_of() {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let neighbour = Neighbour::with_approval_url(hand_plan(UNKNOWN_USER), logins.clone(), inbox);
    let service = neighbour.service.clone();
    let contrary = Person::new("the page".to_owned(), {
        let service = service.clone();
        move |_| {
            let service = service.clone();
            tokio::spawn(async move { service.deny("id-1").await });
        }
    });
    let decisions = Decisions::new(service, logins);
    let begun = neighbour.world.clock().now();
    for id in ["id-1", "id-2"] {
        decisions.acknowledged(&ciba_bench::decision_channel::Announcement {
            auth_req_id: id,
            user_identifier: id,
            client_id: "rp",
            binding_message: None,
            scope: "openid",
            expires: None,
        });
    }
    let sought = |user| Sought { user, binding_message: None, after: begun };
    let first = decisions.login(&sought("id-1"), Duration::from_secs(1)).await.unwrap();
    let second = decisions.login(&sought("id-2"), Duration::from_secs(1)).await.unwrap();
    let decisions = decisions.by_person(Some(contrary));
    assert!(decisions.takes_a_person() && !decisions.chooses_scopes());
    let otherwise = decisions.decide(&first, Decision::Approve).await.unwrap_err();
    assert_eq!(otherwise.reason, "the person was to have it allowed, and it was denied");
    let never = decisions.decide(&second, Decision::Approve).await.unwrap_err();
    assert_eq!(never.reason, "nobody decided within 600 s");
}
