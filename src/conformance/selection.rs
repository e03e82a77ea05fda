use super::{Check, Section, requirement};
use crate::ciba::Level;

/// Which checks are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Patterns of ids, `*` standing for any text; none means all.
    pub only: Vec<String>,
    /// The weakest level.
    pub level: Level,
}

impl Default for Chosen {
    /// Everything.
    fn default() -> Self {
        Chosen { only: Vec::new(), level: Level::May }
    }
}

/// No check has such an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no check matches {0:?}; `ciba-bench list checks` names them, and * stands for any text")]
pub struct NoSuchCheck(pub String);

impl Chosen {
    /// The checks that are asked for, in the order of the registry, with their sections.
    ///
    /// # Errors
    /// A pattern that matches nothing: a mistyped one would make a gate that never fails.
    pub fn checks<'a>(&self, sections: &'a [Section]) -> Result<Vec<(&'a Section, &'a Check)>, NoSuchCheck> {
        let all =
            || sections.iter().flat_map(|section| section.checks.iter().map(move |check| (section, check)));
        for pattern in &self.only {
            if !all().any(|(_, check)| matches(pattern, check.id)) {
                return Err(NoSuchCheck(pattern.clone()));
            }
        }
        Ok(all()
            .filter(|(_, check)| self.only.is_empty() || self.only.iter().any(|p| matches(p, check.id)))
            .filter(|(_, check)| strength(check.level()) >= strength(self.level))
            .collect())
    }
}

impl Check {
    /// How strongly the standard asks for what the check claims: the level of the first requirement that it covers, unless
    /// it says itself that it is softer.
    pub fn level(&self) -> Level {
        match self.softer {
            Some(softer) => softer.level,
            None => self
                .covers
                .first()
                .and_then(|id| requirement(id))
                .map_or(Level::Must, |requirement| requirement.level),
        }
    }
}

/// A plain statement binds as a MUST does.
fn strength(level: Level) -> u8 {
    match level {
        Level::Must | Level::Plain => 2,
        Level::Should => 1,
        Level::May => 0,
    }
}

/// Whether the text is what the pattern says; `*` stands for any text, `/` included.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            let Some(at) = rest.find(previous) else { return false };
            rest = &rest[at + str::len(previous)..];
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_ids() {
        for (pattern, text, expected) in [
            ("ciba/7.3/interval", "ciba/7.3/interval", true),
            ("ciba/7.3/interval", "ciba/7.3/intervals", false),
            ("ciba/7.3/*", "ciba/7.3/interval", true),
            ("*interval", "ciba/7.3/interval", true),
            ("*/7*/*val", "ciba/7.3/interval", true),
            ("*", "anything", true),
            ("ciba/*/x", "ciba/x", false),
            ("ciba*ciba", "ciba", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
