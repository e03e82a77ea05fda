//! Servers that ask for decisions in another way than the embedded OP does: under load, under the checks, and examined.

mod decided_by_hand;
mod examined;
mod neighbour;
mod under_load;
