//! The authentication service of a CIBA load test: the side of the user's device.
//!
//! A server that supports CIBA asks it whether a user can authenticate (`POST /user/verify`), tells it to begin
//! (`POST /authentication/start`) and gets the user's decision through its system APIs. Other servers have other ways to ask
//! and to be told, which are [dialects](DialectSettings). What the simulated users decide, and
//! how long they take, is a [`DecisionPlan`]: by default everything is approved at once.
//!
//! A person can decide instead, on a page of the management listener.
//!
//! Deliberately not here: any knowledge of the load test or of the server's inside, an HTTP client (the way out is given as
//! an [`Outgoing`] service), and a task or timer per pending decision.
//!
//! Invariants: an answer goes out before the decision; a login gets at most one decision that the server may have taken; the
//! same seed gives the same decisions in whatever order requests arrive; everything that is kept, waited for or repeated has
//! a bound.

mod basic;
mod clock;
mod counts;
mod decision;
mod device;
mod dialect;
pub mod duration;
mod exchange;
mod fault;
mod history;
mod json_body;
mod management;
mod observer;
mod open_banking;
mod outgoing;
mod pending;
mod plan;
mod secret;
mod serve;
mod service;
mod settings;
mod start;
mod system_api;
mod token;
mod unaskable;
mod verify;

pub use clock::Clock;
pub use counts::{Counts, DecisionCounts, DetailsCounts, StartCounts, TokenCounts, VerifyCounts};
pub use dialect::{
    Announcement, ApprovalUrlSettings, CHANNEL_PATH, DenialStatus, DialectSettings, KeycloakSettings,
    ServiceSettings, SpokenDialect,
};
pub use fault::{Fault, FaultSet, UnknownFault};
pub use history::HistoryEntry;
pub use observer::{NoObserver, Observer, StartSeen};
pub use open_banking::{ConsentPaths, OpenBanking};
pub use outgoing::{BoxError, NotConnected, Outgoing};
pub use plan::{
    Decision, DecisionPlan, Delay, Grant, MAX_DELAY, PlanError, Planned, Shares, UnknownAnswer, UserOverride,
    correlation_key,
};
pub use secret::Secret;
pub use serve::serve;
pub use service::{Answered, AuthService, DecideError, OPENAPI};
pub use settings::{Limits, Settings, SettingsError, SystemClient};
