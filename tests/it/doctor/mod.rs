//! `doctor` against the embedded OP, sound and with one thing wrong at a time, in virtual time.

mod bounds;
mod mistakes;
mod ward;
