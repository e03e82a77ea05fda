//! What `target init` asks, as data: one file for each topic.

mod addresses;
mod clients;
mod decisions;
mod judgement;
mod load;
mod notifications;
mod table;

pub use table::QUESTIONS;
