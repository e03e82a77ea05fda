use super::named;

named! {
    /// The kinds of hints (CIBA Core 1.0, 7.1).
    pub enum HintKind {
        /// A name that the OP understands.
        LoginHint => "login_hint",
        /// A signed token that identifies the user.
        LoginHintToken => "login_hint_token",
        /// An ID token that the OP issued earlier.
        IdTokenHint => "id_token_hint",
    }
}

impl HintKind {
    /// The words in files, which are the standard's.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("login_hint", Self::LoginHint),
        ("login_hint_token", Self::LoginHintToken),
        ("id_token_hint", Self::IdTokenHint),
    ];
}

/// How an authentication request names the user: exactly one per request (CIBA Core 1.0, 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A name that the OP understands.
    LoginHint(String),
    /// A signed token that identifies the user.
    LoginHintToken(String),
    /// An ID token that the OP issued earlier.
    IdTokenHint(String),
}

impl Hint {
    /// Name and value of the request parameter.
    pub fn parameter(&self) -> (&'static str, &str) {
        match self {
            Hint::LoginHint(value) => ("login_hint", value),
            Hint::LoginHintToken(value) => ("login_hint_token", value),
            Hint::IdTokenHint(value) => ("id_token_hint", value),
        }
    }
}
