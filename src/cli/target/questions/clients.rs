use crate::ciba::DeliveryMode;
use crate::cli::target::first::Draft;
use crate::cli::target::question::{Fallback, Question, When, method, secret, text};
use crate::target::ClientAuthentication;

const CLIENTS: &str = "Clients";
/// The clients whose answers hold for the others.
const MAIN: [&str; 2] = ["poll", "ping"];

/// The four questions about a client.
macro_rules! client {
    ($name:literal, $why:literal, $variable:literal, $when:expr, $default:expr) => {
        [
            Question {
                key: concat!("clients.", $name, ".client_id"),
                flag: concat!($name, "-client"),
                value: "ID",
                topic: CLIENTS,
                why: $why,
                when: $when,
                default: $default,
                parse: text,
            },
            Question {
                key: concat!("clients.", $name, ".client_secret"),
                flag: concat!($name, "-secret"),
                value: "REF",
                topic: CLIENTS,
                why: "Where its secret stands, env:NAME or file:PATH: the file names secrets and holds none.",
                when: When {
                    words: concat!("where there is a client ", $name),
                    holds: |draft| draft.has(concat!("clients.", $name, ".client_id")),
                },
                default: |_| Fallback::Value(concat!("env:", $variable).to_owned()),
                parse: secret,
            },
            Question {
                key: concat!("clients.", $name, ".authentication"),
                flag: concat!($name, "-authentication"),
                value: "METHOD",
                topic: CLIENTS,
                why: "How it authenticates, as registered (token_endpoint_auth_method).",
                when: When {
                    words: concat!("where there is a client ", $name),
                    holds: |draft| draft.has(concat!("clients.", $name, ".client_id")),
                },
                default: authentication,
                parse: method,
            },
            Question {
                key: concat!("clients.", $name, ".scope"),
                flag: concat!($name, "-scope"),
                value: "SCOPES",
                topic: CLIENTS,
                why: "What it asks for, openid among it; with a second scope more checks apply.",
                when: When {
                    words: concat!("where there is a client ", $name),
                    holds: |draft| draft.has(concat!("clients.", $name, ".client_id")),
                },
                default: scope,
                parse: text,
            },
        ]
    };
}

/// About the client for poll.
pub const POLL: [Question; 4] = client!(
    "poll",
    "The client that is registered for poll, which this tool plays; one for poll or for ping is needed.",
    "CIBA_POLL_CLIENT_SECRET",
    When { words: "where the server offers poll", holds: |draft| draft.offers(DeliveryMode::Poll) },
    |draft| match draft.offers(DeliveryMode::Ping) {
        true => Fallback::Leave("none".to_owned()),
        false => Fallback::Needed,
    }
);
/// About the client for ping.
pub const PING: [Question; 4] = client!(
    "ping",
    "The client that is registered for ping, which this tool plays; one for poll or for ping is needed.",
    "CIBA_PING_CLIENT_SECRET",
    When { words: "where the server offers ping", holds: |draft| draft.offers(DeliveryMode::Ping) },
    |draft| match draft.has("clients.poll.client_id") {
        true => Fallback::Leave("none".to_owned()),
        false => Fallback::Needed,
    }
);
/// About another client.
pub const SECOND: [Question; 4] = client!(
    "second",
    "Another client for the same delivery mode as the first: checks that need two do not apply without it.",
    "CIBA_SECOND_CLIENT_SECRET",
    When::ALWAYS,
    |_| Fallback::Leave("none".to_owned())
);
/// About a client without the CIBA grant; what it would ask for is the last one.
pub const UNREGISTERED: [Question; 4] = client!(
    "unregistered",
    "A client without the CIBA grant: whether the server refuses it cannot be checked without it.",
    "CIBA_UNREGISTERED_CLIENT_SECRET",
    When::ALWAYS,
    |_| Fallback::Leave("none".to_owned())
);

/// What the first client has, else the first method of the metadata that this tool speaks.
fn authentication(draft: &Draft) -> Fallback {
    let first = MAIN.iter().find_map(|name| draft.text(&format!("clients.{name}.authentication")));
    let listed = || {
        let mut asked = ClientAuthentication::WORDS.iter().map(|(word, _)| *word);
        asked.find(|word| draft.lists_authentication(word) && method(word).is_ok())
    };
    first.or_else(listed).map_or(Fallback::Needed, |word| Fallback::Value(word.to_owned()))
}

/// What the first client asks for, else what a profile says.
fn scope(draft: &Draft) -> Fallback {
    let first = MAIN.iter().find_map(|name| draft.text(&format!("clients.{name}.scope")));
    first.map_or(Fallback::Leave("the profile's, openid".to_owned()), |scope| {
        Fallback::Value(scope.to_owned())
    })
}
