use crate::ciba::{Hint, Secret};
use crate::target::HintTokens;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most users whose ID tokens are kept as hints; about a kilobyte each. Later users are named by `login_hint`.
pub const ID_TOKENS_MAX: usize = 100_000;

/// How a party's authentication requests name their users (CIBA Core 1.0, 7.1).
#[derive(Debug, Clone, Default)]
pub enum HintSource {
    /// By the name itself.
    #[default]
    LoginHint,
    /// By a token that is signed for each request.
    LoginHintToken(HintTokens),
    /// By the last ID token of the same user. Shared by all parties of one client, since it is for that client.
    IdTokenHint(Arc<IdTokens>),
    /// By several of these, each for a share of the flows: where its stretch of the shares from 0 to 1 ends.
    Mixed(Arc<[(f64, HintSource)]>),
}

/// The last ID token of each user.
#[derive(Default)]
pub struct IdTokens(Mutex<HashMap<Box<str>, Secret<Box<str>>>>);

impl HintSource {
    /// Several sources with their shares, which are 1 together.
    pub fn mixed(mut sources: Vec<(f64, HintSource)>) -> Self {
        if sources.len() <= 1 {
            return sources.pop().map_or(HintSource::LoginHint, |(_, only)| only);
        }
        let mut end = 0.0;
        for (share, _) in &mut sources {
            end += *share;
            *share = end;
        }
        HintSource::Mixed(sources.into())
    }

    /// The hint for a user, and whether it is the name because nothing else was to be had. `share`, 0 to 1, chooses where
    /// there are several; `now` is the time since the Unix epoch.
    pub fn hint(&self, user: &str, share: f32, now: Duration) -> (Hint, bool) {
        let hint = match self {
            HintSource::Mixed(sources) => {
                let chosen = sources.iter().find(|(end, _)| f64::from(share) < *end).or(sources.last());
                return match chosen {
                    Some((_, source)) => source.hint(user, share, now),
                    None => (Hint::LoginHint(user.to_owned()), true),
                };
            }
            HintSource::LoginHint => return (Hint::LoginHint(user.to_owned()), false),
            HintSource::LoginHintToken(tokens) => tokens.token(user, now).ok().map(Hint::LoginHintToken),
            HintSource::IdTokenHint(known) => known.of(user).map(Hint::IdTokenHint),
        };
        match hint {
            Some(hint) => (hint, false),
            None => (Hint::LoginHint(user.to_owned()), true),
        }
    }

    /// Keeps the ID token of a user whose signature was verified.
    pub(super) fn keep(&self, user: &str, id_token: &Secret<String>) {
        match self {
            HintSource::IdTokenHint(known) => known.keep(user, id_token),
            HintSource::Mixed(sources) => sources.iter().for_each(|(_, source)| source.keep(user, id_token)),
            HintSource::LoginHint | HintSource::LoginHintToken(_) => {}
        }
    }
}

impl IdTokens {
    fn of(&self, user: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(user).map(|token| token.expose().to_string())
    }

    fn keep(&self, user: &str, id_token: &Secret<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = Secret::new(id_token.expose().as_str().into());
        let has_room = known.len() < ID_TOKENS_MAX;
        match known.get_mut(user) {
            Some(last) => *last = token,
            None if has_room => {
                known.insert(user.into(), token);
            }
            None => {}
        }
    }
}

impl fmt::Debug for IdTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    #[test]
    fn a_user_is_named_by_what_is_known_of_them() {
        assert_eq!(HintSource::LoginHint.hint("john", 0.5, NOW), (Hint::LoginHint("john".to_owned()), false));
        let known = HintSource::IdTokenHint(Arc::default());
        assert_eq!(known.hint("john", 0.5, NOW), (Hint::LoginHint("john".to_owned()), true));
        known.keep("john", &Secret::new("old".to_owned()));
        known.keep("john", &Secret::new("canary".to_owned()));
        assert_eq!(known.hint("john", 0.5, NOW), (Hint::IdTokenHint("canary".to_owned()), false));
        assert!(known.hint("jane", 0.5, NOW).1 && !format!("{known:?}").contains("canary"));
        let (tokens, _) = HintTokens::generated("https://hints.example", "https://op.example").unwrap();
        let (Hint::LoginHintToken(token), false) = HintSource::LoginHintToken(tokens).hint("john", 0.5, NOW)
        else {
            panic!("no token")
        };
        assert_eq!(token.split('.').count(), 3);
    }

    #[test]
    fn several_sources_have_their_shares() {
        let mixed = HintSource::mixed(vec![
            (0.75, HintSource::LoginHint),
            (0.25, HintSource::IdTokenHint(Arc::default())),
        ]);
        mixed.keep("john", &Secret::new("canary".to_owned()));
        let name = (Hint::LoginHint("john".to_owned()), false);
        for (share, expected) in
            [(0.0, name.clone()), (0.74, name), (0.76, (Hint::IdTokenHint("canary".to_owned()), false))]
        {
            assert_eq!(mixed.hint("john", share, NOW), expected, "{share}");
        }
        assert!(matches!(HintSource::mixed(vec![(1.0, HintSource::LoginHint)]), HintSource::LoginHint));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let known = IdTokens::default();
        for number in 0..=ID_TOKENS_MAX {
            known.keep(&number.to_string(), &Secret::new("t".to_owned()));
        }
        assert_eq!(known.0.lock().unwrap().len(), ID_TOKENS_MAX);
        known.keep("0", &Secret::new("newer".to_owned()));
        assert_eq!((known.of("0").as_deref(), known.of(&ID_TOKENS_MAX.to_string())), (Some("newer"), None));
    }
}
