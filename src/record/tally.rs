use crate::ciba::Named;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// A counter for each value of a closed set. In JSON an object that leaves out zeros.
///
/// Counting is an index into an array: no allocation, no hashing.
#[derive(Clone, PartialEq, Eq)]
pub struct Tally<K> {
    counts: Box<[u64]>,
    key: PhantomData<K>,
}

impl<K: Named> Default for Tally<K> {
    fn default() -> Self {
        Tally { counts: vec![0; K::ALL.len()].into(), key: PhantomData }
    }
}

impl<K: Named> Tally<K> {
    /// Counts one.
    pub fn count(&mut self, key: K) {
        self.counts[key.index()] += 1;
    }

    /// Counts `n`.
    pub fn add(&mut self, key: K, n: u64) {
        self.counts[key.index()] += n;
    }

    /// How many of `key`.
    pub fn get(&self, key: K) -> u64 {
        self.counts[key.index()]
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// The sum over all keys.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// Sets everything to zero and keeps the memory.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// Keys that were counted at least once, in the set's own order.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        K::ALL.iter().map(|key| (*key, self.get(*key))).filter(|(_, n)| *n > 0)
    }
}

impl<K: Named> fmt::Debug for Tally<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, n)| (key.name(), n))).finish()
    }
}

impl<K: Named> Serialize for Tally<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, n) in self.iter() {
            map.serialize_entry(key.name(), &n)?;
        }
        map.end()
    }
}

impl<'de, K: Named> Deserialize<'de> for Tally<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tally = Tally::default();
        for (name, n) in BTreeMap::<String, u64>::deserialize(deserializer)? {
            let key =
                K::from_name(&name).ok_or_else(|| D::Error::custom(format!("unknown counter {name:?}")))?;
            tally.add(key, n);
        }
        Ok(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Outcome;

    #[test]
    fn a_tally_survives_json_and_leaves_out_zeros() {
        let mut tally = Tally::<Outcome>::default();
        tally.count(Outcome::Denied);
        tally.add(Outcome::Tokens, 41);
        tally.count(Outcome::Tokens);
        let json = serde_json::to_string(&tally).unwrap();
        assert_eq!(json, r#"{"tokens":42,"denied":1}"#);
        assert_eq!(serde_json::from_str::<Tally<Outcome>>(&json).unwrap(), tally);
        assert_eq!(tally.total(), 43);
    }

    #[test]
    fn an_unknown_counter_is_named() {
        let error = serde_json::from_str::<Tally<Outcome>>(r#"{"tokns":1}"#).unwrap_err();
        assert!(error.to_string().contains("tokns"), "{error}");
    }
}
