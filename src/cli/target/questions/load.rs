use crate::cli::target::question::{Fallback, Question, When, rate, texts, yes_or_no};

const LOAD: &str = "Load";
const LOADED: When = When {
    words: "off loopback, where load.allow_load is yes",
    holds: |draft| draft.is_true("load.allow_load"),
};

/// About what the server's owner has agreed to.
pub const PERMISSION: [Question; 3] = [
    Question {
        key: "load.allow_load",
        flag: "allow-load",
        value: "YES|NO",
        topic: LOAD,
        why: "Whether the server's owner has agreed to load: off loopback none is sent before.",
        when: When { words: "off loopback", holds: |draft| !draft.issuer().is_loopback() },
        default: |_| Fallback::Value("no".to_owned()),
        parse: yes_or_no,
    },
    Question {
        key: "load.max_rate",
        flag: "max-rate",
        value: "RATE",
        topic: LOAD,
        why: "The highest rate that the owner has agreed to, in flows per second, such as 50/s.",
        when: LOADED,
        default: |_| Fallback::Needed,
        parse: rate,
    },
    Question {
        key: "load.allowed_users",
        flag: "allowed-users",
        value: "NAME,..",
        topic: LOAD,
        why: "Users whom the owner has agreed to, separated by commas, such as user-* for all that begin with user-.",
        when: LOADED,
        default: |_| Fallback::Needed,
        parse: texts,
    },
];
