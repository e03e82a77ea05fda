//! Typed reading of a TOML document that collects every problem instead of stopping at the first.
//!
//! Used for profiles and for target files. A [`Document`] is walked by [`Section`]s (its tables), which hand each value
//! to a [`Reader`] and note what is wrong, with its line. When a section is finished, the keys that nobody asked for
//! are reported. Serde is not used here: it stops at the first error, and its errors know no ranges.

mod csv;
mod nearest;
mod problem;
mod reader;
mod section;
mod source;
#[cfg(test)]
mod trial;

pub use csv::{Row, Rows};
pub use nearest::{nearest, nearest_few};
pub use problem::{Problem, Problems};
pub use reader::{Mismatch, Reader};
pub use section::Section;
pub use source::Document;
#[cfg(test)]
pub(crate) use trial::{keys_not_mentioned, read_alone};
