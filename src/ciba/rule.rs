use super::named::named;
use super::{Clause, Level, Named};

named! {
    /// What every flow is held against while it runs. A breach is counted with its clause and examples.
    pub enum Rule {
        /// An acknowledgement that lacks `auth_req_id` or is not JSON.
        AcknowledgementForm => "acknowledgement-form",
        /// `auth_req_id` outside the alphabet.
        AuthReqIdAlphabet => "auth-req-id-alphabet",
        /// An `auth_req_id` that was given to another request, too. "A unique identifier" is no MUST; the 128 bits of entropy
        /// that are one repeat nothing by chance.
        AuthReqIdRepeated => "auth-req-id-repeated",
        /// `expires_in` missing or not a positive integer.
        ExpiresInForm => "expires-in-form",
        /// `interval` present and not a positive integer.
        IntervalForm => "interval-form",
        /// A token error with a status other than 400 (401 for `invalid_client`).
        TokenErrorStatus => "token-error-status",
        /// An error code that the standard does not name here.
        TokenErrorCode => "token-error-code",
        /// A conformant poller was throttled.
        ConformantPollerThrottled => "conformant-poller-throttled",
        /// The first poll of all was throttled.
        FirstPollThrottled => "first-poll-throttled",
        /// `authorization_pending` after the ping.
        PendingAfterPing => "pending-after-ping",
        /// A token answer that lacks a member or has the wrong form.
        TokenResponseForm => "token-response-form",
        /// A token answer that may be cached.
        TokenResponseCacheable => "token-response-cacheable",
        /// Tokens although the user refused.
        TokensAfterDenial => "tokens-after-denial",
        /// Tokens although the user has not answered.
        TokensBeforeDecision => "tokens-before-decision",
        /// Tokens, or still pending, after the request's life.
        AliveAfterExpiry => "alive-after-expiry",
        /// `expired_token` before the request's life was over.
        ExpiredEarly => "expired-early",
        /// `access_denied` although the user agreed.
        DeniedAfterApproval => "denied-after-approval",
        /// A notification with a wrong or missing bearer token.
        PingBearer => "ping-bearer",
        /// A notification whose `auth_req_id` is another flow's, or missing.
        PingAuthReqId => "ping-auth-req-id",
        /// A ping body with more than `auth_req_id`.
        PingExtraMembers => "ping-extra-members",
        /// A notification that is not JSON by its content type.
        PingContentType => "ping-content-type",
        /// A notification before the user decided.
        PingBeforeDecision => "ping-before-decision",
        /// No notification although the user decided. The client may poll instead, and a lost one may be the network's:
        /// reported, not charged.
        PingMissing => "ping-missing",
        /// No push although the user decided. A lost one may be the network's, too; but the flow ends without its result.
        PushMissing => "push-missing",
        /// A pushed error that the standard does not name here.
        PushErrorCode => "push-error-code",
        /// Tokens again for an `auth_req_id` that was redeemed.
        AuthReqIdReused => "auth-req-id-reused",
        /// ID token that is not a JWS, or signed by nobody known.
        IdTokenSignature => "id-token-signature",
        /// The header does not say which of several keys signed.
        IdTokenKeyId => "id-token-kid",
        /// `iss` is not the issuer.
        IdTokenIssuer => "id-token-issuer",
        /// `aud` lacks the client or names strangers.
        IdTokenAudience => "id-token-audience",
        /// `exp` missing or passed.
        IdTokenExpiry => "id-token-expiry",
        /// `iat` missing or implausible.
        IdTokenIssuedAt => "id-token-issued-at",
        /// `sub` missing, malformed, or not the hinted user.
        IdTokenSubject => "id-token-subject",
        /// `at_hash` present and wrong.
        IdTokenAccessTokenHash => "id-token-at-hash",
        /// `rt_hash` present and wrong.
        IdTokenRefreshTokenHash => "id-token-rt-hash",
        /// The `auth_req_id` claim present and wrong.
        IdTokenAuthReqId => "id-token-auth-req-id",
        /// The fresh access token is refused by the protected API.
        AccessTokenRefused => "access-token-refused",
    }
}

const CORE: &str = "CIBA Core 1.0";
const OIDC: &str = "OpenID Connect Core 1.0";
const OAUTH: &str = "RFC 6749";

impl Rule {
    /// Where the rule comes from, and how strongly it is asked for.
    pub fn source(self) -> (Clause, Level) {
        use Level::{Must, Plain, Should};
        let (spec, section, level, sentence) = match self {
            Rule::AcknowledgementForm => {
                (CORE, "7.3", Must, "a successful acknowledgement is a JSON object with auth_req_id")
            }
            Rule::AuthReqIdAlphabet => (CORE, "7.3", Must, "auth_req_id holds only A-Z a-z 0-9 . - _"),
            Rule::AuthReqIdRepeated => (CORE, "7.3", Plain, "no two requests get the same auth_req_id"),
            Rule::ExpiresInForm => (CORE, "7.3", Must, "expires_in is a positive integer"),
            Rule::IntervalForm => (CORE, "7.3", Plain, "interval, when present, is a positive integer"),
            Rule::TokenErrorStatus => {
                (CORE, "11", Plain, "a token error has status 400, or 401 for invalid_client")
            }
            Rule::TokenErrorCode => {
                (CORE, "11", Should, "a token error carries one of the codes defined for this grant")
            }
            Rule::ConformantPollerThrottled => {
                (CORE, "11", Plain, "a client that waits the interval is not told to slow down")
            }
            Rule::FirstPollThrottled => {
                (CORE, "11", Should, "the first poll of a flow is not told to slow down")
            }
            Rule::PendingAfterPing => {
                (CORE, "9", Plain, "after the notification the result is ready at the token endpoint")
            }
            Rule::TokenResponseForm => {
                (CORE, "10.1.1", Must, "a token response has access_token, token_type and id_token")
            }
            Rule::TokenResponseCacheable => {
                (OAUTH, "5.1", Must, "an answer with tokens carries Cache-Control: no-store")
            }
            Rule::TokensAfterDenial => {
                (CORE, "10.1.1", Must, "no tokens are issued for a request that the user refused")
            }
            Rule::TokensBeforeDecision => {
                (CORE, "10.1.1", Must, "no tokens are issued before the user has agreed")
            }
            Rule::AliveAfterExpiry => (CORE, "11", Plain, "an expired request answers expired_token"),
            Rule::ExpiredEarly => (CORE, "7.3", Plain, "a request lives for expires_in seconds"),
            Rule::DeniedAfterApproval => (CORE, "11", Plain, "access_denied means that the user refused"),
            Rule::PingBearer => {
                (CORE, "10.2", Must, "a notification carries the client's own notification token as bearer")
            }
            Rule::PingAuthReqId => {
                (CORE, "10.2", Plain, "a notification names the auth_req_id of its own request")
            }
            Rule::PingExtraMembers => {
                (CORE, "10.2", Plain, "the body of a ping holds auth_req_id and nothing else")
            }
            Rule::PingContentType => (CORE, "10.2", Plain, "a notification is application/json"),
            Rule::PingBeforeDecision => (CORE, "10.2", Plain, "a ping is sent after the user has decided"),
            Rule::PingMissing => (CORE, "10.2", Should, "a ping is sent after the user has decided"),
            Rule::PushMissing => (CORE, "10.3.1", Should, "the result is pushed once the user has decided"),
            Rule::PushErrorCode => {
                (CORE, "12", Must, "a pushed error is access_denied, expired_token or transaction_failed")
            }
            Rule::AuthReqIdReused => {
                (CORE, "10.1.1", Plain, "an auth_req_id is redeemed once, however many requests ask")
            }
            Rule::IdTokenSignature => {
                (OIDC, "3.1.3.7", Must, "the ID token is signed by a key that the issuer publishes")
            }
            Rule::IdTokenKeyId => {
                (OIDC, "10.1", Must, "the header has a kid where the issuer publishes several keys")
            }
            Rule::IdTokenIssuer => (OIDC, "3.1.3.7", Must, "iss is exactly the issuer"),
            Rule::IdTokenAudience => {
                (OIDC, "3.1.3.7", Must, "aud contains the client and nobody it does not trust")
            }
            Rule::IdTokenExpiry => (OIDC, "3.1.3.7", Must, "exp is present and lies ahead"),
            Rule::IdTokenIssuedAt => (OIDC, "2", Must, "iat is present and plausible"),
            Rule::IdTokenSubject => (OIDC, "2", Must, "sub is present and is the user that was asked for"),
            Rule::IdTokenAccessTokenHash => {
                (OIDC, "3.1.3.6", Must, "at_hash, when present, fits the access token")
            }
            Rule::IdTokenRefreshTokenHash => {
                (CORE, "10.3.1", Must, "rt_hash, when present, fits the refresh token")
            }
            Rule::IdTokenAuthReqId => {
                (CORE, "10.3.1", Must, "the auth_req_id claim, when present, is this request's")
            }
            Rule::AccessTokenRefused => {
                (CORE, "10.1.1", Plain, "the access token opens the protected API it was issued for")
            }
        };
        (Clause { spec, section, sentence }, level)
    }

    /// `CIBA Core 1.0, 7.3`.
    pub fn citation(self) -> String {
        let (clause, _) = self.source();
        format!("{}, {}", clause.spec, clause.section)
    }

    /// All rules that bind, for documents that list them.
    pub fn binding() -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(|rule| rule.source().1.binds())
    }
}
