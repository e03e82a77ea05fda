//! Reports: a record in, bytes out.
//!
//! Floor 3, pure: no I/O, no clock, no terminal. Nothing is measured or judged here; what a report says beyond the record
//! comes from `analysis`. A new format is one file and one row in [`FORMATS`].

mod account;
mod comparison;
mod csv;
mod format;
#[cfg(test)]
mod golden;
mod group;
mod hgrm;
mod html;
mod json;
mod junit;
mod manifest;
mod markdown;
mod polling;
mod printable;
mod read;
#[cfg(test)]
mod schema;
mod sizing;
mod table;
mod traceability;
mod validity;
mod verdicts;

#[cfg(test)]
pub(crate) use comparison::sample as comparison_sample;
pub use comparison::{COMPARISON_FORMATS, ComparisonFormat, comparison_format_named};
pub use format::{FORMATS, Format, FormatOf, RenderError, Style, format_named};
pub use hgrm::hgrm;
pub use manifest::manifest;
pub use read::{ReadError, load};
pub use sizing::{SIZING_FORMATS, SizingFormat};
