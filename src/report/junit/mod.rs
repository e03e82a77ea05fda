//! JUnit XML, for the machines that show test results. Every verdict is matched by name: a new one does not compile until
//! somebody has said which element it becomes.

mod render;
#[cfg(test)]
mod tests;

pub(super) use render::FORMAT;
