use super::{By, Change, ClaimValue, Manner, Proof, Request, Seal, TokenForm, Value};
use std::fmt;

impl fmt::Display for Request {
    /// `the second client, without scope`; empty for a valid request of the main client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            By::Main => None,
            By::Ping => Some("the ping client".to_owned()),
            By::Push => Some("the push client".to_owned()),
            By::Second => Some("the second client".to_owned()),
            By::UserCode => Some("the client with user codes".to_owned()),
            By::Unregistered => Some("the client without the CIBA grant".to_owned()),
            By::Asserting => Some("the client with private_key_jwt".to_owned()),
            By::Signing => Some("the client that signs".to_owned()),
            By::Certified => Some("the client with a certificate".to_owned()),
            By::ThirdParty => Some("a third party".to_owned()),
            By::OtherThirdParty => Some("another third party".to_owned()),
            By::SigningThirdParty => Some("a third party with a key".to_owned()),
            By::Registered(number) => Some(format!("registered client {}", number + 1)),
        };
        let proof = match self.proof {
            Proof::Registered => None,
            Proof::IdOnly => Some("client_id but no credentials".to_owned()),
            Proof::Nothing => Some("neither client_id nor credentials".to_owned()),
            Proof::WrongSecret => Some("a wrong secret".to_owned()),
            Proof::WrongBasic => Some("a wrong secret by HTTP Basic".to_owned()),
            Proof::OtherMethod => Some("the secret by the method it is not registered for".to_owned()),
            Proof::BothMethods => Some("the secret by HTTP Basic and in the form".to_owned()),
            Proof::OtherClientId => Some("the client_id of another client in the form".to_owned()),
            Proof::Assertion(seal, None) => Some(format!("an assertion {seal}")),
            Proof::Assertion(Seal::Own, Some((name, value))) => {
                Some(format!("an assertion with {name} = {value}"))
            }
            Proof::Assertion(seal, Some((name, value))) => {
                Some(format!("an assertion {seal}, with {name} = {value}"))
            }
            Proof::SameAssertion => Some("the assertion of the request before".to_owned()),
        };
        let seal = match self.seal {
            Seal::Own => None,
            Seal::NotSigned => Some("not signed".to_owned()),
            Seal::Stranger
            | Seal::Broken
            | Seal::Unsigned
            | Seal::Shared
            | Seal::OtherAlgorithm
            | Seal::Encrypted => Some(format!("request {}", self.seal)),
        };
        let manner = match self.manner {
            Manner::Form => None,
            Manner::Query => Some("GET with a query".to_owned()),
            Manner::Json => Some("a JSON body".to_owned()),
            Manner::FormThen(bytes) => Some(format!("the bytes {} after the form", bytes.escape_ascii())),
            Manner::Padded(bytes) => Some(format!("a form {bytes} bytes longer")),
        };
        let parts: Vec<String> = by
            .into_iter()
            .chain(proof)
            .chain(seal)
            .chain(manner)
            .chain(self.changes().map(|change| change.to_string()))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Without(name) => write!(f, "without {name}"),
            Change::With(name, value) => write!(f, "{name} = {value}"),
            Change::Again(name, value) => write!(f, "a second {name} = {value}"),
            Change::Claim(name, value) => write!(f, "the claim {name} = {value}"),
            Change::Consent(name) => name.fmt(f),
            Change::Beside(name, value) => write!(f, "{name} = {value} beside the signed request"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Repeat(character, times) => write!(f, "{times} times {character:?}"),
            Value::Same => f.write_str("the same"),
            Value::FollowedBy(text) => write!(f, "its value and then {text:?}"),
            Value::LengthenedTo(length) => write!(f, "its value made {length} characters long"),
            Value::UnknownUser => f.write_str("a user that nobody knows"),
            Value::OtherUser => f.write_str("another user"),
            Value::ReversedScopes => f.write_str("the scopes in reverse order"),
            Value::ScopesAndUnknown => f.write_str("the scopes and one that nobody has"),
            Value::SupportedAcr => f.write_str("one that the metadata list"),
            Value::TruncatedAuthReqId => f.write_str("the flow's, its last character cut off"),
            Value::LoginHintToken(form) => write!(f, "a token about the user{form}"),
            Value::IdToken(form) => write!(f, "the ID token of an earlier flow{form}"),
            Value::OtherUserCode => f.write_str("another user's"),
        }
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Seal::Own => "signed by the client",
            Seal::Stranger => "signed by a key that nobody registered",
            Seal::Broken => "with a broken signature",
            Seal::Unsigned => "with the algorithm none",
            Seal::Shared => "signed by HS256",
            Seal::OtherAlgorithm => "signed by another algorithm than the registered one",
            Seal::Encrypted => "that is encrypted",
            Seal::NotSigned => "that is not signed",
        })
    }
}

impl fmt::Display for ClaimValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClaimValue::Absent => f.write_str("nothing"),
            ClaimValue::Text(text) => write!(f, "{text:?}"),
            ClaimValue::Number(number) => write!(f, "{number}"),
            ClaimValue::SecondsFromNow(seconds) if *seconds < 0 => {
                write!(f, "{} seconds ago", seconds.unsigned_abs())
            }
            ClaimValue::SecondsFromNow(seconds) => write!(f, "{seconds} seconds from now"),
            ClaimValue::TokenEndpoint => f.write_str("the token endpoint"),
            ClaimValue::BackchannelEndpoint => f.write_str("the backchannel authentication endpoint"),
            ClaimValue::IssuerAmongOthers => f.write_str("the issuer and another server"),
        }
    }
}

impl fmt::Display for TokenForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenForm::Sound => "",
            TokenForm::Changed => ", changed after it was signed",
            TokenForm::Unsigned => ", with the algorithm none",
            TokenForm::OfAnotherIssuer => ", naming another issuer",
            TokenForm::Expired => ", expired an hour ago",
        })
    }
}
