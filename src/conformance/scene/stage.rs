use super::registering::{Published, RegisteredSeen};
use super::seen::Seen;
use super::{Acknowledged, ConsentSeen, FlowSeen, Tokens};
use crate::ciba::Secret;
use crate::conformance::{Refusal, Surface, Unheld};
use crate::jose::KeySet;
use crate::notification::Stranger;
use crate::record::{CheckExchange, Scrubber};
use crate::tls::ForeignCertificate;
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;

/// What one check sees while it runs. Steps add to it; claims read it.
pub struct Scene {
    /// The target.
    pub surface: Arc<Surface>,
    /// The users of this check alone; the first is the one whose flows these are.
    pub users: Vec<String>,
    /// The flows, in the order in which they were begun.
    pub flows: Vec<FlowSeen>,
    /// The metadata as this check fetched them.
    pub metadata: Option<Value>,
    /// The issuer's keys as this check fetched them.
    pub keys: Option<KeySet>,
    /// Calls of the notification endpoint at the path that our redirects lead to.
    pub redirected: Vec<Stranger>,
    /// What is worth knowing beside the verdict.
    pub notes: Vec<String>,
    /// When the check began.
    pub started: Instant,
    pub(super) current: usize,
    pub(super) answers: Vec<Seen>,
    pub(super) step: usize,
    pub(super) exchanges: Vec<CheckExchange>,
    pub(super) scrubber: Scrubber,
    pub(super) ping_answer: Option<crate::notification::Answer>,
    pub(super) ping_redirect: Option<u16>,
    /// Held while our notification endpoint shows a certificate that is not its own.
    pub(super) foreign_certificate: Option<ForeignCertificate>,
    /// The consent that the check is about (Open Banking).
    pub(super) consent: Option<ConsentSeen>,
    /// The clients that the check has registered.
    pub(super) registered: Vec<RegisteredSeen>,
    /// The documents that it has published.
    pub(super) published: Published,
    /// The last request's assertion.
    pub(super) assertion: Option<String>,
}

impl Scene {
    /// A scene in which nothing has happened yet.
    pub fn new(surface: Arc<Surface>, users: Vec<String>) -> Self {
        let mut scrubber = Scrubber::default();
        let clients = &surface.clients;
        let others = [
            &clients.ping,
            &clients.push,
            &clients.second,
            &clients.user_code,
            &clients.unregistered,
            &clients.assertion,
            &clients.signed,
        ];
        let third_parties = surface.bank.iter().flat_map(|bank| &bank.third_parties);
        for client in others.into_iter().flatten().chain([&clients.main]).chain(third_parties) {
            let Some(secret) = client.secret.as_ref().map(Secret::expose) else { continue };
            let id = client.registered.id();
            scrubber.learn(secret);
            // As HTTP Basic joins and encodes them (RFC 6749, 2.3.1).
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            scrubber.learn(&format!("{}:{}", encode(id), encode(secret)));
        }
        for code in users.iter().filter_map(|user| surface.hints.user_codes.of(user)) {
            scrubber.learn(code.expose());
        }
        let started = surface.clock.now();
        Scene {
            surface,
            users,
            flows: Vec::new(),
            metadata: None,
            keys: None,
            redirected: Vec::new(),
            notes: Vec::new(),
            started,
            current: 0,
            answers: Vec::new(),
            step: 0,
            exchanges: Vec::new(),
            scrubber,
            ping_answer: None,
            ping_redirect: None,
            foreign_certificate: None,
            consent: None,
            registered: Vec::new(),
            published: Published::default(),
            assertion: None,
        }
    }

    /// The last answer.
    pub fn answer(&self) -> Result<&Seen, Unheld> {
        self.answers.last().ok_or_else(|| Unheld::Unclear("nothing was asked yet".to_owned()))
    }

    /// The answers of the last step: one, or as many as it asked at once or in a row.
    pub fn answers(&self) -> &[Seen] {
        &self.answers
    }

    /// The current flow.
    pub fn flow(&self) -> Result<&FlowSeen, Unheld> {
        self.flows.get(self.current).ok_or_else(|| Unheld::Unclear("no flow was begun".to_owned()))
    }

    /// The current flow's acknowledgement.
    pub fn acknowledged(&self) -> Result<&Acknowledged, Unheld> {
        let answered = || self.answers.last().map_or_else(String::new, Seen::in_words);
        self.flow()?.acknowledged.as_ref().ok_or_else(|| Unheld::No(answered()))
    }

    /// The current flow's tokens.
    pub fn tokens(&self) -> Result<&Tokens, Unheld> {
        let answered = || self.answers.last().map_or_else(String::new, Seen::in_words);
        self.flow()?.tokens.as_ref().ok_or_else(|| Unheld::No(answered()))
    }

    /// The metadata that this check fetched.
    pub fn fetched_metadata(&self) -> Result<&Value, Unheld> {
        self.metadata
            .as_ref()
            .ok_or_else(|| Unheld::Unclear("the metadata are not a JSON document".to_owned()))
    }

    /// Whether the last answer is one of these errors; unless the run is strict, any of them will do.
    pub fn refused(&self, refusals: &[Refusal]) -> Result<(), Unheld> {
        let answer = self.answer()?;
        let allowed = if self.surface.strict { refusals.get(..1).unwrap_or_default() } else { refusals };
        let found = allowed
            .iter()
            .any(|Refusal(status, code)| answer.status() == Some(*status) && answer.error() == Some(code));
        if found { Ok(()) } else { Err(Unheld::No(answer.in_words())) }
    }

    /// Whether the last answer turned this tool away although it kept the pace.
    pub fn turned_away(&self) -> bool {
        self.answers.last().is_some_and(|answer| answer.turned_away() && !answer.early)
    }

    /// Whether one of the last answers is a gateway's that had none of the server's.
    pub fn cut_off(&self) -> bool {
        self.answers.iter().any(Seen::cut_off)
    }

    /// A moment, in ms since the check began.
    pub fn ms(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.started).as_secs_f64() * 1e3
    }
}
