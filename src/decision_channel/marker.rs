/// Letters of the run's part of a marker.
const RUN_LETTERS: usize = 4;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Puts a flow's number into its binding message: `k3xq.1f`. At most 18 characters of `a-z0-9.`, which real servers
/// accept (some allow 20 characters of `A-Za-z0-9-._+/!?#`), and short enough for a device's display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    run: [u8; RUN_LETTERS],
}

impl Marker {
    /// Markers of one run, which is named by a random number: another run's logins are told apart.
    pub fn new(run: u64) -> Self {
        let mut letters = [0; RUN_LETTERS];
        let mut rest = run;
        for letter in &mut letters {
            *letter = DIGITS[(rest % 36) as usize];
            rest /= 36;
        }
        Marker { run: letters }
    }

    /// The binding message of a flow.
    pub fn of(&self, flow: u64) -> String {
        let mut text = String::with_capacity(RUN_LETTERS + 14);
        text.extend(self.run.iter().map(|letter| char::from(*letter)));
        text.push('.');
        let mut digits = [0; 13];
        let mut at = digits.len();
        let mut rest = flow;
        loop {
            at -= 1;
            digits[at] = DIGITS[(rest % 36) as usize];
            rest /= 36;
            if rest == 0 {
                break;
            }
        }
        text.extend(digits[at..].iter().map(|digit| char::from(*digit)));
        text
    }

    /// The flow that a binding message names; `None` when it is not of this run.
    pub fn flow(&self, binding_message: &str) -> Option<u64> {
        let (run, flow) = binding_message.split_once('.')?;
        if run.as_bytes() != self.run {
            return None;
        }
        u64::from_str_radix(flow, 36).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_marker_is_short_plain_and_leads_back(run in any::<u64>(), flow in any::<u64>()) {
            let marker = Marker::new(run);
            let text = marker.of(flow);
            prop_assert!(text.len() <= 18 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'), "{}", text);
            prop_assert_eq!(marker.flow(&text), Some(flow));
        }

        #[test]
        fn strangers_are_not_ours(text in ".{0,30}") {
            prop_assert_eq!(Marker::new(1).flow(&text), None);
        }
    }
}
