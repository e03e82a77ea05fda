use super::addresses::{listen, public_url};
use crate::cli::target::question::{Fallback, Question, When, address, basic_user, secret, text};

/// Port of the mock authentication service.
const AUTH_SERVICE_PORT: u16 = 4010;
/// User name of the server at the mock authentication service.
const BASIC_USER: &str = "ciba-bench";
const DECISIONS: &str = "Decisions";
const EMBEDDED: When = When {
    words: "where the authentication service is embedded",
    holds: |draft| draft.text("authentication_service.kind") == Some("embedded"),
};
/// About who decides, and how the server hears of it.
pub const SERVICE: [Question; 9] = [
    Question {
        key: "authentication_service.kind",
        flag: "authentication-service",
        value: "KIND",
        topic: DECISIONS,
        why: "Who decides for the users: embedded (the server calls this tool's authentication service) or none (somebody else).",
        when: When::ALWAYS,
        default: |_| Fallback::Value("embedded".to_owned()),
        parse: text,
    },
    Question {
        key: "authentication_service.listen",
        flag: "auth-service-listen",
        value: "ADDR",
        topic: DECISIONS,
        why: "Where the authentication service listens, on this machine.",
        when: EMBEDDED,
        default: |draft| listen(draft, AUTH_SERVICE_PORT),
        parse: address,
    },
    Question {
        key: "authentication_service.public_url",
        flag: "auth-service-public-url",
        value: "URL",
        topic: DECISIONS,
        why: "Its URL as the server sees it: this is what the server is configured with.",
        when: EMBEDDED,
        default: |draft| public_url(draft, "authentication_service.listen"),
        parse: text,
    },
    Question {
        key: "authentication_service.username",
        flag: "auth-service-user",
        value: "NAME",
        topic: DECISIONS,
        why: "The name with which the server authenticates to it (HTTP Basic).",
        when: EMBEDDED,
        default: |_| Fallback::Value(BASIC_USER.to_owned()),
        parse: basic_user,
    },
    Question {
        key: "authentication_service.password",
        flag: "auth-service-password",
        value: "REF",
        topic: DECISIONS,
        why: "Where the password to that name stands, env:NAME or file:PATH.",
        when: EMBEDDED,
        default: |_| Fallback::Value("env:CIBA_AUTH_SERVICE_PASSWORD".to_owned()),
        parse: secret,
    },
    Question {
        key: "authentication_service.system.client_id",
        flag: "system-client",
        value: "ID",
        topic: DECISIONS,
        why: "The client by which decisions are reported: the server gives it out for its authentication service.",
        when: EMBEDDED,
        default: |_| Fallback::Needed,
        parse: text,
    },
    Question {
        key: "authentication_service.system.client_secret",
        flag: "system-secret",
        value: "REF",
        topic: DECISIONS,
        why: "Where the secret of that client stands, env:NAME or file:PATH.",
        when: EMBEDDED,
        default: |_| Fallback::Value("env:CIBA_SYSTEM_CLIENT_SECRET".to_owned()),
        parse: secret,
    },
    Question {
        key: "authentication_service.system.token_endpoint",
        flag: "system-token-endpoint",
        value: "URL",
        topic: DECISIONS,
        why: "Where that client gets its tokens, by the client credentials grant.",
        when: EMBEDDED,
        default: |draft| Fallback::Value(draft.system_token_endpoint()),
        parse: text,
    },
    Question {
        key: "authentication_service.api_base",
        flag: "api-base",
        value: "URL",
        topic: DECISIONS,
        why: "Root of the server's system APIs, below which decisions are reported (/scope-grants/LOGIN/accept).",
        when: EMBEDDED,
        default: |draft| match draft.has_api_base() {
            true => Fallback::Leave("follows from the token endpoint".to_owned()),
            false => Fallback::Needed,
        },
        parse: text,
    },
];
