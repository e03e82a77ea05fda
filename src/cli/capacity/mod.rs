//! `ciba-bench capacity`: the highest rate that meets a profile's thresholds.
//!
//! Each trial is a load run of its own with a record of its own, in the search's folder. Which comes next is for
//! [`crate::capacity`] to say; here it is carried out, or read from the folder where an earlier search left it.

mod arguments;
mod command;
mod record;
mod resume;
mod search;

pub use arguments::Arguments;
pub use command::run;
