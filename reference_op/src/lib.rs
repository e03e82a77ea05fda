//! An OpenID Provider with CIBA (OpenID Connect Client-Initiated Backchannel Authentication), embedded in tests and
//! benchmarks. For testing only.
//!
//! It is the accused: it shares no code and no constant with whatever judges it. It has the shape of a multi-tenant
//! server with workspaces, an external authentication service behind `/user/verify` and `/authentication/start`, and a
//! system API for decisions. Where the authentication service is simulated, a web page takes the user's part. For banks it
//! has the consents of Open Banking UK and Brasil, and clients can register themselves. What it gets done can be bounded
//! ([`CapacitySettings`]). Deliberately absent: TLS (whoever
//! runs the listener says which certificate was shown), persistence, encrypted requests, and any HTTP client of its own
//! (outgoing calls go through an injected [`Outgoing`] service).

mod access_log;
mod access_token;
mod acknowledgement;
mod auth_req_id;
mod authentication_request;
mod authentication_service;
mod backchannel_authentication;
mod bearer;
mod capacity;
mod certificate;
mod client;
mod client_assertion;
mod client_authentication;
mod clock;
mod discovery;
mod error;
mod fault;
mod form;
mod hint;
mod id_token;
mod interaction;
mod introspection;
mod jws;
mod keys;
mod notify;
mod open_banking;
mod outgoing;
mod pending;
mod provider;
mod push;
mod random;
mod registration;
mod replay;
mod router;
mod scope;
mod scope_grants;
mod secret;
mod server;
mod settings;
mod signed_request;
mod simulator;
mod subject;
mod system_api;
mod system_token;
mod throttle;
mod token_answer;
mod token_endpoint;
mod user_code;
mod workspace;

pub use access_log::AccessCounts;
pub use certificate::PeerCertificate;
pub use clock::Clock;
pub use fault::{Fault, FaultSet, UnknownFault};
pub use jws::JwsAlg;
pub use outgoing::{AnyCertificate, Outgoing, OutgoingError};
pub use provider::ReferenceOp;
pub use secret::Secret;
pub use server::serve;
pub use settings::{
    AuthenticationServiceSettings, CapacitySettings, ClientAuthMethod, ClientSettings, DeliveryMode,
    HintIssuerSettings, OpenBankingProfile, OpenBankingSettings, PingOrder, Problem, RegistrationSettings,
    Settings, SettingsError, SigningAlg, StartOrder, StateField, SystemClientSettings, WorkspaceSettings,
};
pub use workspace::SystemClient;
