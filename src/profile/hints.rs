//! How requests name their users: one kind of hint, or several by weight.

use super::document::{Reader, Section};
use crate::ciba::HintKind;

/// Largest weight.
const MOST_WEIGHT: u32 = 1_000_000;

/// Weights of the kinds of hints, in the order of [`HintKind::WORDS`]; at least one is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HintMix {
    weights: [u32; HintKind::WORDS.len()],
}

impl HintMix {
    /// One kind alone.
    #[must_use]
    pub fn only(kind: HintKind) -> Self {
        HintMix { weights: HintKind::WORDS.map(|(_, known)| u32::from(known == kind)) }
    }

    /// The kinds that are used, with their shares, which are 1 together.
    pub fn shares(self) -> impl Iterator<Item = (HintKind, f64)> {
        let total: f64 = self.weights.iter().copied().map(f64::from).sum();
        let kinds = HintKind::WORDS.into_iter().zip(self.weights);
        kinds
            .filter(|(_, weight)| *weight > 0)
            .map(move |((_, kind), weight)| (kind, f64::from(weight) / total))
    }

    /// Whether some flows use this kind.
    #[must_use]
    pub fn uses(self, kind: HintKind) -> bool {
        self.shares().any(|(used, _)| used == kind)
    }

    /// Reads `hint`: a word, or a table of weights.
    pub(super) fn read(flow: &Section<'_>) -> Self {
        if !flow.has_table("hint") {
            let kind = flow.or("hint", &Reader::choice(&HintKind::WORDS), HintKind::LoginHint);
            return Self::only(kind);
        }
        let table = flow.table("hint");
        let weight = Reader::whole_small(0..=MOST_WEIGHT, " as weight");
        let weights = HintKind::WORDS.map(|(word, _)| table.or(word, &weight, 0));
        table.finish();
        if weights.iter().all(|weight| *weight == 0) {
            flow.problem("hint", "all weights are 0, expected at least one above 0; set login_hint = 1");
            return Self::only(HintKind::LoginHint);
        }
        HintMix { weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    #[test]
    fn one_kind_or_several() {
        for (text, expected) in [
            ("", Ok([1, 0, 0])),
            ("hint = \"id_token_hint\"", Ok([0, 0, 1])),
            ("hint = { login_hint = 3, id_token_hint = 1 }", Ok([3, 0, 1])),
            ("hint = { login_hint = 0 }", Err("hint: all weights are 0, expected at least one above 0")),
            ("hint = { login_hin = 1 }", Err("hint.login_hin: unknown key; did you mean login_hint")),
            (
                "hint = { login_hint = -1 }",
                Err("hint.login_hint: value -1, expected a whole number as weight"),
            ),
            ("hint = \"login\"", Err("hint: value \"login\", expected \"login_hint\" or")),
        ] {
            let expected = expected.map(|weights| HintMix { weights });
            read_alone(text, |root| Some(HintMix::read(root))).assert(&expected);
        }
        let mixed = HintMix { weights: [3, 0, 1] };
        let shares: Vec<_> = mixed.shares().collect();
        assert_eq!(shares, [(HintKind::LoginHint, 0.75), (HintKind::IdTokenHint, 0.25)]);
        assert!(mixed.uses(HintKind::IdTokenHint) && !mixed.uses(HintKind::LoginHintToken));
    }
}
