use crate::cli::target::question::{Fallback, Question, When, text, texts};

const JUDGEMENT: &str = "Judgement";

/// About what is expected of the server, and whom checks may ask.
pub const EXPECTED: [Question; 4] = [
    Question {
        key: "subject",
        flag: "subject",
        value: "RULE",
        topic: JUDGEMENT,
        why: "What sub of the ID tokens has to be: hint (the login hint itself), stable_per_user or unchecked.",
        when: When::ALWAYS,
        default: |_| Fallback::Value("stable_per_user".to_owned()),
        parse: text,
    },
    Question {
        key: "polling.enforcement",
        flag: "polling",
        value: "RULE",
        topic: JUDGEMENT,
        why: "Whether the server has to refuse polls that come too early (required), may (allowed) or must not (forbidden).",
        when: When::ALWAYS,
        default: |_| Fallback::Value("allowed".to_owned()),
        parse: text,
    },
    Question {
        key: "conformance.users",
        flag: "users",
        value: "NAME,..",
        topic: JUDGEMENT,
        why: "Whom the checks may ask, separated by commas, one for each check at a time: real users' phones would ring.",
        when: When::ALWAYS,
        default: |draft| {
            let who = match draft.issuer().is_loopback() {
                true => "names that are made up",
                false => "nobody, and conformance does not run",
            };
            Fallback::Leave(who.to_owned())
        },
        parse: texts,
    },
    Question {
        key: "conformance.unknown_user",
        flag: "unknown-user",
        value: "NAME",
        topic: JUDGEMENT,
        why: "A user whom the server does not know; where the authentication service is not ours, nobody else can say.",
        when: When {
            words: "where the authentication service is none of ours",
            holds: |draft| draft.text("authentication_service.kind") == Some("none"),
        },
        default: |_| Fallback::Leave("none".to_owned()),
        parse: text,
    },
];
