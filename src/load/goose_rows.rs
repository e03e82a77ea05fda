use crate::record::{Answered, Endpoint};

/// How an exchange is called in Goose's own request table, and the status that such an answer usually has.
pub(super) fn row(endpoint: Endpoint, answered: Answered) -> (&'static str, Option<u16>) {
    macro_rules! names {
        ($($answered:ident => $name:literal, $status:expr;)+) => {
            match (endpoint, answered) {
                $(
                    (Endpoint::BackchannelAuthentication, Answered::$answered) =>
                        (concat!("backchannel_authentication [", $name, "]"), $status),
                    (Endpoint::Token, Answered::$answered) => (concat!("token [", $name, "]"), $status),
                    (Endpoint::Userinfo, Answered::$answered) => (concat!("userinfo [", $name, "]"), $status),
                    (Endpoint::Consents, Answered::$answered) => (concat!("consents [", $name, "]"), $status),
                    (Endpoint::ClientCredentials, Answered::$answered) =>
                        (concat!("client_credentials [", $name, "]"), $status),
                )+
            }
        };
    }
    names! {
        Acknowledged => "acknowledged", Some(200);
        Tokens => "issued", Some(200);
        Ok => "ok", Some(200);
        AuthorizationPending => "pending", Some(400);
        SlowDown => "slow_down", Some(400);
        AccessDenied => "denied", Some(400);
        ExpiredToken => "expired", Some(400);
        InvalidGrant => "invalid_grant", Some(400);
        InvalidRequest => "invalid_request", Some(400);
        InvalidClient => "invalid_client", Some(401);
        UnauthorizedClient => "unauthorized_client", Some(400);
        UnsupportedGrantType => "unsupported_grant_type", Some(400);
        InvalidScope => "invalid_scope", Some(400);
        UnknownUserId => "unknown_user_id", Some(400);
        InvalidBindingMessage => "invalid_binding_message", Some(400);
        OtherError => "other error", Some(400);
        Unavailable => "unavailable", Some(503);
        ServerError => "server error", Some(500);
        Unreadable => "unreadable", None;
        TooLarge => "too large", None;
        ConnectFailed => "connect failed", None;
        TimedOut => "timed out", None;
        Broken => "broken", None;
        Cancelled => "cancelled", None;
    }
}
