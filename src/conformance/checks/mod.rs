//! The checks: one file per section of the specification, one constant per check.
