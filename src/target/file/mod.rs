//! The target file: which server, with which clients, and how much load it has agreed to.
//!
//! A TOML file of its own beside the profile, read with the same [`crate::profile::document`] reader: everything that is
//! wrong is reported at once. Deliberately not here: discovery, the environment and the file system. Secrets that the
//! file only refers to come from a [`SecretSource`].

mod client_entry;
mod clients;
mod commented;
mod conformance;
mod dialect;
mod explained;
mod hints;
mod one_user;
mod open_banking;
mod parse;
mod permission;
mod registration;
mod secret;
mod server_url;
mod target_file;
mod tls;
mod write;

pub use conformance::{ConformanceSettings, KnownDeviation, USERS_BY_DEFAULT, UsersRefused};
pub use dialect::{ApprovalMethod, ApprovalUrl, Denial, KeycloakService};
pub use hints::{HintTokenEntry, UserCodeEntries};
pub use one_user::UserRefused;
pub use open_banking::{OpenBankingEntry, SystemPath, ThirdParty};
pub use permission::LoadRefused;
pub use registration::RegistrationEntry;
pub use secret::{FileSecret, SecretReference, SecretSource};
pub use server_url::ServerUrl;
pub use target_file::{
    AuthenticationService, ClientEntry, ClientProof, Clients, EmbeddedService, FileKey, LoadPermission,
    NotificationListener, PollingEnforcement, SystemClient, TargetFile,
};
pub use tls::{FileIdentity, TlsEntry};
