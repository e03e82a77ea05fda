use super::addresses::{listen, public_url};
use crate::cli::target::question::{Fallback, Question, When, address, text};

/// Port of the client notification endpoint.
const NOTIFY_PORT: u16 = 4020;
const NOTIFICATIONS: &str = "Notifications";
const PINGED: When =
    When { words: "where there is a client ping", holds: |draft| draft.has("clients.ping.client_id") };
/// About where notifications go.
pub const NOTIFICATION: [Question; 3] = [
    Question {
        key: "notification.listen",
        flag: "notify-listen",
        value: "ADDR",
        topic: NOTIFICATIONS,
        why: "Where notifications are received, on this machine.",
        when: PINGED,
        default: |draft| listen(draft, NOTIFY_PORT),
        parse: address,
    },
    Question {
        key: "notification.public_url",
        flag: "notify-public-url",
        value: "URL",
        topic: NOTIFICATIONS,
        why: "The same as the server sees it, without the path: with this the ping client is registered.",
        when: PINGED,
        default: |draft| public_url(draft, "notification.listen"),
        parse: text,
    },
    Question {
        key: "notification.path",
        flag: "notify-path",
        value: "PATH",
        topic: NOTIFICATIONS,
        why: "The path of the client notification endpoint that is registered.",
        when: PINGED,
        default: |_| Fallback::Value("/notify-callback".to_owned()),
        parse: text,
    },
];
