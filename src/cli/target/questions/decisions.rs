use super::addresses::{listen, public_url};
use crate::cli::target::first::Draft;
use crate::cli::target::question::{Fallback, Question, When, address, basic_user, secret, text};

/// Port of the mock authentication service.
const AUTH_SERVICE_PORT: u16 = 4010;
/// User name of the server at the mock authentication service.
const BASIC_USER: &str = "ciba-bench";
const DECISIONS: &str = "Decisions";
const OURS: When = When { words: "where the authentication service is this tool's", holds: is_ours };
const CALLED: When = When {
    words: "where the server calls this tool's authentication service",
    holds: |draft| is_ours(draft) && !speaks(draft, "approval_url"),
};
const SECUREAUTH: When = When {
    words: "where the dialect is secureauth",
    holds: |draft| is_ours(draft) && speaks(draft, "secureauth"),
};
const APPROVAL_URL: When = When {
    words: "where the dialect is approval_url",
    holds: |draft| is_ours(draft) && speaks(draft, "approval_url"),
};

/// About who decides, and how the server hears of it.
pub const SERVICE: [Question; 14] = [
    Question {
        key: "authentication_service.kind",
        flag: "authentication-service",
        value: "KIND",
        topic: DECISIONS,
        why: "Who decides for the users: embedded (simulated users of this tool), manual (a person, on a page of this tool) or none \
              (somebody else).",
        when: When::ALWAYS,
        default: |_| Fallback::Value("embedded".to_owned()),
        parse: text,
    },
    Question {
        key: "authentication_service.dialect",
        flag: "dialect",
        value: "DIALECT",
        topic: DECISIONS,
        why: "How the server asks for decisions: secureauth (it calls /user/verify and /authentication/start), keycloak (its HTTP \
              authentication channel) or approval_url (it asks nobody, and a URL of its own decides, as in tests).",
        when: OURS,
        default: |draft| {
            let dialect = if draft.lies_as_keycloak() { "keycloak" } else { "secureauth" };
            Fallback::Value(dialect.to_owned())
        },
        parse: text,
    },
    Question {
        key: "authentication_service.listen",
        flag: "auth-service-listen",
        value: "ADDR",
        topic: DECISIONS,
        why: "Where the authentication service listens, on this machine.",
        when: CALLED,
        default: |draft| listen(draft, AUTH_SERVICE_PORT),
        parse: address,
    },
    Question {
        key: "authentication_service.public_url",
        flag: "auth-service-public-url",
        value: "URL",
        topic: DECISIONS,
        why: "Its URL as the server sees it: this is what the server is configured with.",
        when: CALLED,
        default: |draft| public_url(draft, "authentication_service.listen"),
        parse: text,
    },
    Question {
        key: "authentication_service.url",
        flag: "approval-url",
        value: "URL",
        topic: DECISIONS,
        why: "That URL, with {auth_req_id} and {action} where they belong; env:NAME or file:PATH where it holds a secret.",
        when: APPROVAL_URL,
        default: |_| Fallback::Needed,
        parse: text,
    },
    Question {
        key: "authentication_service.method",
        flag: "approval-method",
        value: "METHOD",
        topic: DECISIONS,
        why: "How it is called: POST, with an empty body, or GET.",
        when: APPROVAL_URL,
        default: |_| Fallback::Value("POST".to_owned()),
        parse: text,
    },
    Question {
        key: "authentication_service.approve",
        flag: "approval-word",
        value: "WORD",
        topic: DECISIONS,
        why: "What stands for {action} when a user approves.",
        when: APPROVAL_URL,
        default: |_| Fallback::Value("allow".to_owned()),
        parse: text,
    },
    Question {
        key: "authentication_service.deny",
        flag: "denial-word",
        value: "WORD",
        topic: DECISIONS,
        why: "What stands for {action} when a user denies.",
        when: APPROVAL_URL,
        default: |_| Fallback::Value("deny".to_owned()),
        parse: text,
    },
    Question {
        key: "authentication_service.username",
        flag: "auth-service-user",
        value: "NAME",
        topic: DECISIONS,
        why: "The name with which the server authenticates to it (HTTP Basic).",
        when: SECUREAUTH,
        default: |_| Fallback::Value(BASIC_USER.to_owned()),
        parse: basic_user,
    },
    Question {
        key: "authentication_service.password",
        flag: "auth-service-password",
        value: "REF",
        topic: DECISIONS,
        why: "Where the password to that name stands, env:NAME or file:PATH.",
        when: SECUREAUTH,
        default: |_| Fallback::Value("env:CIBA_AUTH_SERVICE_PASSWORD".to_owned()),
        parse: secret,
    },
    Question {
        key: "authentication_service.system.client_id",
        flag: "system-client",
        value: "ID",
        topic: DECISIONS,
        why: "The client by which decisions are reported: the server gives it out for its authentication service. One that gives \
              out none speaks another dialect, or decides by itself (kind none).",
        when: SECUREAUTH,
        default: |_| Fallback::Needed,
        parse: text,
    },
    Question {
        key: "authentication_service.system.client_secret",
        flag: "system-secret",
        value: "REF",
        topic: DECISIONS,
        why: "Where the secret of that client stands, env:NAME or file:PATH.",
        when: SECUREAUTH,
        default: |_| Fallback::Value("env:CIBA_SYSTEM_CLIENT_SECRET".to_owned()),
        parse: secret,
    },
    Question {
        key: "authentication_service.system.token_endpoint",
        flag: "system-token-endpoint",
        value: "URL",
        topic: DECISIONS,
        why: "Where that client gets its tokens, by the client credentials grant.",
        when: SECUREAUTH,
        default: |draft| Fallback::Value(draft.system_token_endpoint()),
        parse: text,
    },
    Question {
        key: "authentication_service.api_base",
        flag: "api-base",
        value: "URL",
        topic: DECISIONS,
        why: "Root of the server's system APIs, below which decisions are reported (/scope-grants/LOGIN/accept).",
        when: SECUREAUTH,
        default: |draft| match draft.has_api_base() {
            true => Fallback::Leave("follows from the token endpoint".to_owned()),
            false => Fallback::Needed,
        },
        parse: text,
    },
];

fn is_ours(draft: &Draft) -> bool {
    matches!(draft.text("authentication_service.kind"), Some("embedded" | "manual"))
}

fn speaks(draft: &Draft, dialect: &str) -> bool {
    draft.text("authentication_service.dialect") == Some(dialect)
}
