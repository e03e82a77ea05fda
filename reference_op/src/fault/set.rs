//! Sets of faults.

use super::Fault;
use std::fmt;

/// Words of a [`FaultSet`], one bit for each fault.
const WORDS: usize = Fault::ALL.len().div_ceil(u64::BITS as usize);

/// The faults that are switched on.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultSet([u64; WORDS]);

impl FaultSet {
    /// No fault: the provider keeps the standard.
    pub const NONE: FaultSet = FaultSet([0; WORDS]);

    /// This set and one more fault.
    #[must_use]
    pub const fn with(mut self, fault: Fault) -> Self {
        let (word, bit) = place(fault);
        self.0[word] |= bit;
        self
    }

    /// Whether the fault is switched on.
    pub const fn has(self, fault: Fault) -> bool {
        let (word, bit) = place(fault);
        self.0[word] & bit != 0
    }

    /// The faults of the set.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |fault| self.has(*fault))
    }
}

/// The word of a fault, and its bit there.
const fn place(fault: Fault) -> (usize, u64) {
    let number = fault as usize;
    (number / u64::BITS as usize, 1 << (number % u64::BITS as usize))
}

impl From<Fault> for FaultSet {
    fn from(fault: Fault) -> Self {
        Self::NONE.with(fault)
    }
}

impl FromIterator<Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::NONE, FaultSet::with)
    }
}

impl fmt::Debug for FaultSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Fault::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_parse_back() {
        let mut seen = FaultSet::NONE;
        for fault in Fault::ALL.iter().copied() {
            assert!(fault.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert_eq!(fault.name().parse::<Fault>().unwrap(), fault);
            assert!(!seen.has(fault) && fault.about().ends_with('.'));
            seen = seen.with(fault);
        }
        assert_eq!(seen.iter().count(), Fault::ALL.len());
        assert!("wrong-sup".parse::<Fault>().is_err());
    }
}
