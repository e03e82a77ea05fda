//! What is tested: its file, the facts that the server publishes, and the clients by which it knows us.
//!
//! Floor 3.

mod client;
mod credentials;
mod facts;
pub mod file;
mod hint_tokens;
mod user_codes;

pub use client::{Addressee, Client};
pub use credentials::{AssertionAudience, ClientAuthentication, Credentials};
pub use facts::{DiscoveryError, TargetFacts};
pub use hint_tokens::HintTokens;
pub use user_codes::UserCodes;
