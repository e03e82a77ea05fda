use super::Finding;
use crate::clock::Clock;
use crate::decision_channel::Logins;
use crate::notification::{Inbox, Receiver};
use crate::target::file::TargetFile;
use crate::transport::Transport;
use mock_auth_service::AuthService;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A target, and everything that examining it takes.
pub struct Practice {
    /// What carries requests.
    pub transport: Arc<dyn Transport>,
    /// The clock.
    pub clock: Clock,
    /// The target, as its file has it.
    pub target: TargetFile,
    /// The file's path, as findings name it.
    pub file: String,
    /// The user of the flows; `None` where none are to be run.
    pub user: Option<String>,
    /// Our authentication service.
    pub service: Listening<OwnService>,
    /// Our notification endpoint.
    pub endpoint: Listening<OwnEndpoint>,
    /// A random number that names this examination.
    pub run: u64,
}

/// Something of ours that the server calls.
pub enum Listening<T> {
    /// It listens.
    At(T),
    /// It could not be started, for this reason.
    Nowhere(String),
    /// There is none, for this reason, and nobody is to blame.
    NotOurs(String),
}

/// Our authentication service, which decides nothing of its own accord ([`hand_plan`](crate::decision_channel::hand_plan)).
pub struct OwnService {
    /// The service.
    pub service: AuthService,
    /// Its observer.
    pub logins: Arc<Logins>,
    /// Where it listens, for a call of our own.
    pub local: Url,
    /// Its URL as the server has to be told it.
    pub public: Url,
    /// The page on which a person decides, where one is to.
    pub page: Option<String>,
}

/// Our notification endpoint.
pub struct OwnEndpoint {
    /// The endpoint.
    pub receiver: Receiver,
    /// What arrives there.
    pub inbox: Arc<Inbox>,
    /// Where it listens, for a call of our own.
    pub local: Url,
    /// Its URL as it has to be registered.
    pub public: Url,
}

/// A person is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The user for whom they have to answer.
    pub user: &'a str,
    /// The page on which they do; `None`: on the user's own device.
    pub page: Option<&'a str>,
    /// How long they are waited for at most.
    pub within: Duration,
}

/// Hears of findings as they are made.
pub struct Teller<'t> {
    /// A finding.
    pub found: &'t (dyn Fn(&Finding) + Sync),
    /// A person has to answer now.
    pub waits: &'t (dyn Fn(&Waiting<'_>) + Sync),
}

impl<T> Listening<T> {
    /// The thing, if it listens.
    pub fn listening(&self) -> Option<&T> {
        match self {
            Listening::At(it) => Some(it),
            Listening::Nowhere(_) | Listening::NotOurs(_) => None,
        }
    }
}
