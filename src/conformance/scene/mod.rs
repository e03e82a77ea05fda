//! What one check sees while it runs: its flows, the answers, the pings; and how its steps are carried out.

mod acting;
mod consenting;
mod deciding;
mod flow_seen;
mod hinting;
mod notified;
mod prompting;
mod pushed;
mod reading;
mod registering;
mod requesting;
mod sealing;
mod seen;
mod stage;
mod using;

pub use acting::GUARD;
pub use consenting::ConsentSeen;
pub use flow_seen::{Acknowledged, FlowSeen, PingSeen, Tokens};
pub use notified::{PING_PATIENCE, PING_SILENCE};
pub use pushed::Pushed;
pub use registering::RegisteredSeen;
pub use requesting::{INTERACTION, INTERACTION_ID};
pub use seen::{Seen, cut};
pub use stage::Scene;
