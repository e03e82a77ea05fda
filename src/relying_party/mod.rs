//! A CIBA client: makes its requests, sends them, reads the answers, and holds every answer against the standard.
//!
//! Floor 4. It takes one step at a time; which step comes next is the business of [`crate::flow`], and when, of whoever
//! drives it: [`run_flow`] for a single flow, the load engine for thousands.

mod acknowledgement;
mod assertion_stock;
mod consents;
mod endpoints;
mod exchange;
mod hint_source;
mod issuer_keys;
mod party;
mod pushed;
mod refusal;
mod requests;
mod run_flow;
mod signature_budget;
mod token_response;
mod trace_ids;

pub use acknowledgement::Acknowledgement;
pub use assertion_stock::AssertionsUsed;
pub use consents::{
    CONSENTS_KEPT_MAX, ClientTokenAnswered, ConsentSettings, Consented, ConsentsDeleted, DELETIONS_AT_ONCE,
    delete_all,
};
pub use exchange::{Authenticated, TokenAnswered, Used};
pub use hint_source::{HintSource, ID_TOKENS_MAX, IdTokens};
pub use issuer_keys::IssuerKeys;
pub use party::{PartySettings, RelyingParty, RequestParameters};
pub use pushed::PushTaken;
pub use refusal::said;
pub use requests::AuthenticationRequest;
pub use run_flow::{FlowRun, run_flow};
pub use signature_budget::SignatureBudget;
pub use token_response::Tokens;
pub use trace_ids::TraceIds;
