/// A closed set of values, each with a stable name that files, reports and the command line share.
pub trait Named: Copy + Sized + 'static {
    /// Every value, in the order in which reports list them.
    const ALL: &'static [Self];
    /// The stable name.
    fn name(self) -> &'static str;
    /// Position in [`Named::ALL`], for dense tables.
    fn index(self) -> usize;

    /// The value of that name.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == name)
    }
}

/// Declares a field-less enum whose variants have stable names: `Variant => "name"`.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $Enum:ident { $($(#[$variant_meta:meta])* $Variant:ident => $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $Enum { $($(#[$variant_meta])* $Variant,)+ }

        impl $crate::ciba::Named for $Enum {
            const ALL: &'static [Self] = &[$($Enum::$Variant,)+];

            fn name(self) -> &'static str {
                match self { $($Enum::$Variant => $name,)+ }
            }

            fn index(self) -> usize {
                self as usize
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::ciba::Named::name(*self))
            }
        }

        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::ciba::Named::name(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                <$Enum as $crate::ciba::Named>::from_name(&name).ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        "{} {name:?}, expected one of {:?}",
                        stringify!($Enum),
                        [$($name,)+]
                    ))
                })
            }
        }
    };
}

pub(crate) use named;
