/// The `error` member of an answer (CIBA Core 1.0, 11 and 13; RFC 6749, 5.2).
///
/// What a server sends beyond these is [`ErrorCode::Other`]; the text stays with the exchange's example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The user has not been authenticated yet.
    AuthorizationPending,
    /// As above, and the client has to add five seconds to its interval.
    SlowDown,
    /// The authentication request has expired.
    ExpiredToken,
    /// The user, or a policy, refused.
    AccessDenied,
    /// The `auth_req_id` is unknown, redeemed, or another client's.
    InvalidGrant,
    /// Something about the request itself is wrong.
    InvalidRequest,
    /// The client could not be authenticated.
    InvalidClient,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The server, or the workspace, does not offer this grant.
    UnsupportedGrantType,
    /// A scope is unknown, malformed or not the client's.
    InvalidScope,
    /// The hint names nobody.
    UnknownUserId,
    /// The `login_hint_token` has expired.
    ExpiredLoginHintToken,
    /// The user's code was not sent.
    MissingUserCode,
    /// The user's code is wrong.
    InvalidUserCode,
    /// The binding message cannot be shown.
    InvalidBindingMessage,
    /// The transaction could not be finished (push only; section 12).
    TransactionFailed,
    /// The server failed and says so in JSON.
    ServerError,
    /// Anything else.
    Other,
}

impl ErrorCode {
    /// Reads the `error` member.
    pub fn parse(code: &str) -> Self {
        match code {
            "authorization_pending" => ErrorCode::AuthorizationPending,
            "slow_down" => ErrorCode::SlowDown,
            "expired_token" => ErrorCode::ExpiredToken,
            "access_denied" => ErrorCode::AccessDenied,
            "invalid_grant" => ErrorCode::InvalidGrant,
            "invalid_request" => ErrorCode::InvalidRequest,
            "invalid_client" => ErrorCode::InvalidClient,
            "unauthorized_client" => ErrorCode::UnauthorizedClient,
            "unsupported_grant_type" => ErrorCode::UnsupportedGrantType,
            "invalid_scope" => ErrorCode::InvalidScope,
            "unknown_user_id" => ErrorCode::UnknownUserId,
            "expired_login_hint_token" => ErrorCode::ExpiredLoginHintToken,
            "missing_user_code" => ErrorCode::MissingUserCode,
            "invalid_user_code" => ErrorCode::InvalidUserCode,
            "invalid_binding_message" => ErrorCode::InvalidBindingMessage,
            "transaction_failed" => ErrorCode::TransactionFailed,
            "server_error" => ErrorCode::ServerError,
            _ => ErrorCode::Other,
        }
    }
}
