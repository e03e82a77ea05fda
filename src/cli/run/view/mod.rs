//! The live view of a run (`--tui`): what a terminal shows of the [`Progress`](crate::load::Progress) of each interval.
//!
//! [`State`] keeps what was seen, `draw` is a pure function of it, `Screen` has the terminal and gives it back.

mod cells;
mod draw;
#[cfg(test)]
mod golden;
mod history;
mod screen;
mod show;
mod state;

pub use screen::give_back;
pub use show::View;
