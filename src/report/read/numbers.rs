use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Largest whole number in a record, apart from the seed: sums of such numbers cannot overflow.
pub(super) const NUMBER_MAX: u64 = 1 << 48;

/// Whether all whole numbers of a JSON object are small enough, its member `seed` apart. Nothing is kept of what is read.
pub(super) fn are_small(bytes: &[u8]) -> bool {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Small { is_whole: true }.deserialize(&mut deserializer).is_ok()
}

/// Reads a value, and fails if there is a large number in it.
#[derive(Clone, Copy)]
struct Small {
    /// Whether it is the whole record.
    is_whole: bool,
}

impl<'de> DeserializeSeed<'de> for Small {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Small {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no number above {NUMBER_MAX}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if number > NUMBER_MAX { Err(E::custom("too large")) } else { Ok(()) }
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Small { is_whole: false })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let within = Small { is_whole: false };
        if !self.is_whole {
            while members.next_key::<IgnoredAny>()?.is_some() {
                members.next_value_seed(within)?;
            }
            return Ok(());
        }
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "seed" => members.next_value::<IgnoredAny>().map(|_| ())?,
                _ => members.next_value_seed(within)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_found_wherever_they_are() {
        let large = NUMBER_MAX + 1;
        for (text, small) in [
            (format!(r#"{{"seed":{},"a":[{{"b":{NUMBER_MAX}}}]}}"#, u64::MAX), true),
            (format!(r#"{{"a":{large}}}"#), false),
            (format!(r#"{{"a":[1,{{"b":[{large}]}}]}}"#), false),
            (format!(r#"{{"a":{{"seed":{large}}}}}"#), false),
            (r#"{"a":[null,true,-5,1.5e300,"x"]}"#.to_owned(), true),
        ] {
            assert_eq!(are_small(text.as_bytes()), small, "{text}");
        }
    }
}
