//! The report for a pull request, a step summary or release notes, in GitHub's Markdown.

mod capacity;
pub(super) mod escape;
mod findings;
mod render;
mod tables;

pub(super) use render::FORMAT;
