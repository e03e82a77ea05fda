//! Every fault shows where it should, and nothing else changes.

mod acknowledgements;
mod certificates;
mod clients;
mod consents;
mod flows;
mod hints;
mod id_tokens;
mod metadata;
mod pings;
mod polling;
mod pushes;
mod redemptions;
mod refresh_tokens;
mod registrations;
mod requests;
mod signing;
mod sources;
mod symptoms;
mod token_requests;

pub use flows::claims;
