//! A target to be examined: a world, its target file, and what always has to hold of a diagnosis.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use ciba_bench::ciba::Named;
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::doctor::{
    Diagnosis, Examination, Finding, Listening, OwnEndpoint, OwnService, Practice, State, TOTAL_WITHIN,
    Teller, examine,
};
use ciba_bench::notification::Inbox;
use ciba_bench::target::file::{SecretSource, TargetFile};
use ciba_bench::world::{InProcess, Party, WorldSettings};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use reference_op::{Fault, FaultSet};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// How much longer than its bound an examination may take: one answer that was asked for in time, and a decision.
pub const GRACE: Duration = Duration::from_secs(20);

/// A world, and the target that it is.
pub struct Ward {
    pub world: InProcess,
    pub logins: Arc<Logins>,
    pub inbox: Arc<Inbox>,
    pub secrets: Secrets,
    /// Text of the target file.
    pub file: String,
}

pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    pub fn of(values: BTreeMap<String, String>) -> Self {
        Secrets(values)
    }
}

impl SecretSource for Secrets {
    fn env(&self, name: &str) -> Result<String, String> {
        self.0.get(name).cloned().ok_or_else(|| format!("no {name}"))
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("no {path}"))
    }
}

impl Ward {
    pub fn with(settings: WorldSettings) -> Self {
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let settings = WorldSettings { plan: hand_plan("nobody-at-all"), ..settings };
        let world = InProcess::new(settings, logins.clone(), inbox.clone()).unwrap();
        let mut secrets = Secrets(BTreeMap::new());
        let mut file = format!(
            "issuer = \"{}\"\nsubject = \"hint\"\nconformance = {{ users = [\"alice\"], unknown_user = \"nobody-at-all\" }}\n\
             [authentication_service]\npublic_url = \"http://authentication-service.localhost\"\n\
             listen = \"10.0.0.1:4010\"\nusername = \"op\"\npassword = \"env:wrong\"\n\
             system = {{ client_id = \"as\", client_secret = \"env:wrong\", token_endpoint = \"http://op.localhost/t/system/oauth2/token\" }}\n\
             [notification]\nlisten = \"10.0.0.1:4020\"\npublic_url = \"https://client.localhost\"\n",
            world.issuer()
        );
        secrets.0.insert("wrong".to_owned(), "canary-and-wrong".to_owned());
        let clients = world.clients().iter().chain(world.unregistered_client());
        for (role, id) in [
            ("poll", "poll-client"),
            ("ping", "ping-client"),
            ("push", "push-client"),
            ("second", "second-poll-client"),
            ("unregistered", "client-without-ciba"),
        ] {
            if let Some(client) = clients.clone().find(|client| client.id == id) {
                let method = if role == "second" { "client_secret_post" } else { "client_secret_basic" };
                file.push_str(&format!(
                    "[clients.{role}]\nclient_id = \"{id}\"\nclient_secret = \"env:{id}\"\nauthentication = \"{method}\"\n"
                ));
                secrets.0.insert(id.to_owned(), client.credentials.secret().unwrap().expose().clone());
            }
        }
        let ward = Ward { world, logins, inbox, secrets, file };
        ward.dated(0);
        ward
    }

    pub fn new() -> Self {
        Ward::with(WorldSettings::default())
    }

    pub fn faulty(fault: Fault) -> Self {
        Ward::with(WorldSettings { faults: FaultSet::from(fault), ..WorldSettings::default() })
    }

    /// The OP's answers have a `Date`, so many seconds ahead.
    pub fn dated(&self, ahead: i64) {
        let clock = self.world.clock();
        self.world.intercept(Party::Op, |router| router.layer(from_fn(move |r, n| date(clock, ahead, r, n))));
    }

    /// Something answers instead of the OP where it wants to.
    pub fn instead(&self, answer: fn(&Request) -> Option<Response>) {
        let clock = self.world.clock();
        self.world.intercept(Party::Op, |router| {
            let changed = move |request: Request, next: Next| async move {
                match answer(&request) {
                    Some(response) => response,
                    None => next.run(request).await,
                }
            };
            router.layer(from_fn(changed)).layer(from_fn(move |r, n| date(clock, 0, r, n)))
        });
    }

    /// A change to the text of the target file.
    pub fn edited(mut self, from: &str, to: &str) -> Self {
        assert!(self.file.contains(from), "{from} is not in {}", self.file);
        self.file = self.file.replacen(from, to, 1);
        self
    }

    pub fn practice(&self) -> Practice {
        let service = OwnService {
            service: self.world.auth_service().clone(),
            logins: self.logins.clone(),
            local: url("http://authentication-service.localhost/"),
            public: url("http://authentication-service.localhost/"),
            page: None,
        };
        let endpoint = OwnEndpoint {
            receiver: self.world.receiver().clone(),
            inbox: self.inbox.clone(),
            local: self.world.notification_url().clone(),
            public: self.world.notification_url().clone(),
        };
        let target = TargetFile::parse("mine.toml", &self.file, &self.secrets).unwrap();
        let user = Some(target.user_of_one_flow(None).unwrap());
        Practice {
            transport: self.world.transport(),
            clock: self.world.clock(),
            target,
            file: "mine.toml".to_owned(),
            user,
            service: Listening::At(service),
            endpoint: Listening::At(endpoint),
            run: 987_654_321,
        }
    }

    pub async fn examine(&self) -> Diagnosis {
        examined(&self.practice()).await
    }
}

/// Examines, and holds what always has to be so against it.
pub async fn examined(practice: &Practice) -> Diagnosis {
    let told = Mutex::new(Vec::new());
    let begun = practice.clock.now();
    let teller = Teller { found: &|finding| told.lock().unwrap().push(finding.clone()), waits: &|_| {} };
    let diagnosis = examine(practice, &teller).await;
    let took = practice.clock.now() - begun;
    assert!(took <= TOTAL_WITHIN + GRACE, "{took:?}");
    let mut told = told.into_inner().unwrap();
    let order: Vec<Examination> = diagnosis.findings.iter().map(|finding| finding.examination).collect();
    let pushes = practice.target.clients.push.is_some();
    let consents = practice.target.open_banking.is_some();
    let is_told = |e: &Examination| match e.is_about_push() {
        true => pushes,
        false => consents || *e != Examination::Consents,
    };
    let told_of: Vec<_> = Examination::ALL.iter().copied().filter(is_told).collect();
    assert_eq!(order, told_of, "each is told once");
    told.sort_by_key(|finding| finding.examination);
    assert_eq!(told, diagnosis.findings, "what is told on the way is what is told in the end");
    for Finding { state, seen, remedy, stands_on, examination } in &diagnosis.findings {
        let text = format!("{seen} {}", remedy.as_deref().unwrap_or_default());
        assert!(!text.contains("canary") && !text.contains('\n'), "{examination}: {text}");
        assert_eq!(
            remedy.is_some(),
            matches!(state, State::Failed | State::Doubtful),
            "{examination}: {text}"
        );
        assert!(stands_on.is_none() || *state == State::NotExamined, "{examination}: {text}");
    }
    diagnosis
}

pub async fn date(clock: Clock, ahead: i64, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let now = i64::try_from(clock.wall(clock.now()).as_secs()).unwrap() + ahead;
    let now = Timestamp::from_second(now).unwrap();
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    response.headers_mut().insert(header::DATE, HeaderValue::try_from(date).unwrap());
    response
}

pub fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// One thing is wrong: this and nothing else is found, with this remedy, and what stands on it is not examined.
#[track_caller]
pub fn assert_one(name: &str, diagnosis: &Diagnosis, state: State, expected: (Examination, &str, &str)) {
    let (examination, seen, remedy) = expected;
    let wrong: Vec<&Finding> = diagnosis
        .findings
        .iter()
        .filter(|finding| matches!(finding.state, State::Failed | State::Doubtful))
        .collect();
    let [finding] = wrong[..] else { panic!("{name}: {wrong:#?}") };
    assert_eq!((finding.examination, finding.state), (examination, state), "{name}: {finding:?}");
    assert!(finding.seen.contains(seen), "{name}: {seen}\n  is not in {finding:?}");
    assert!(finding.remedy.as_ref().unwrap().contains(remedy), "{name}: {remedy}\n  is not in {finding:?}");
    for left in diagnosis.findings.iter().filter(|finding| finding.state == State::NotExamined) {
        let root = (state == State::Failed).then_some(examination);
        assert!(left.stands_on == root || left.examination < examination, "{name}: {left:?}");
    }
}

pub fn at(request: &Request, end: &str) -> bool {
    request.uri().path().ends_with(end)
}

/// What the authentication service is called with is changed on the way.
pub fn waylay(ward: &Ward, path: &'static str, change: fn(&mut Request)) {
    ward.world.intercept(Party::AuthenticationService, |router| {
        router.layer(from_fn(move |mut request: Request, next: Next| async move {
            if request.uri().path() == path {
                change(&mut request);
            }
            next.run(request).await
        }))
    });
}

/// The OP never answers these requests.
pub fn hang(ward: &Ward, path: &'static str, which: fn(&Request) -> bool) {
    ward.world.intercept(Party::Op, |router| {
        router.layer(from_fn(move |request: Request, next: Next| async move {
            if at(&request, path) && which(&request) {
                std::future::pending::<()>().await;
            }
            next.run(request).await
        }))
    });
}
