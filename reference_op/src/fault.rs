//! Named deviations from the standard that a test can switch on.
//!
//! Each fault is consulted at exactly one place, beside the correct code.

use std::fmt;
use std::str::FromStr;

macro_rules! faults {
    ($($variant:ident, $name:literal, $about:literal;)+) => {
        /// A named deviation from the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $about] $variant,)+
        }

        impl Fault {
            /// Every fault, in the order in which they are listed to users.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant),+];

            /// The name on the command line, in kebab case.
            pub const fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name),+ }
            }

            /// What the provider does wrong, in one sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Fault::$variant => $about),+ }
            }
        }
    };
}

faults! {
    // CIBA Core 1.0, 4: metadata.
    MetadataUnknownDeliveryMode, "metadata-unknown-delivery-mode",
        "The metadata list a delivery mode `pigeon`, too.";
    MetadataDeadEndpoint, "metadata-dead-endpoint",
        "The metadata name a backchannel authentication endpoint that is not served.";
    MetadataSigningAlgNone, "metadata-signing-alg-none",
        "The metadata list `none` among the algorithms of signed requests.";
    MetadataUserCodeFlagText, "metadata-user-code-flag-text",
        "The metadata's user code flag is the text `false`.";
    MetadataWithoutCibaGrant, "metadata-without-ciba-grant", "The metadata do not list the CIBA grant.";
    MetadataWithoutAuthMethods, "metadata-without-auth-methods",
        "The metadata list `private_key_jwt` as the only client authentication method.";
    UnregisteredGrantRedeems, "unregistered-grant-redeems",
        "The token endpoint takes the CIBA grant from clients that are not registered for it.";
    AnyAuthMethodAccepted, "any-auth-method-accepted",
        "Clients may use an authentication method that they are not registered for.";
    MetadataPlainHttpAlias, "metadata-plain-http-alias",
        "The metadata list a plain http alias of the backchannel authentication endpoint for mutual TLS.";
    // CIBA Core 1.0, 3, 7.1, 7.2 and 13: the authentication request.
    DeliveryModeParameterHonoured, "delivery-mode-parameter-honoured",
        "A parameter `backchannel_token_delivery_mode=poll` suppresses the ping.";
    AckWaitsForDecision, "ack-waits-for-decision",
        "The acknowledgement waits for the user's decision, at most 20 seconds.";
    GetAccepted, "get-accepted", "The backchannel authentication endpoint takes GET with a query, too.";
    JsonBodyAccepted, "json-body-accepted",
        "The backchannel authentication endpoint takes a JSON object's members as parameters.";
    ScopeOptional, "scope-optional", "A request without `scope` is taken for one with `openid`.";
    ScopeOrderFixed, "scope-order-fixed",
        "A `scope` that does not begin with `openid` is an `invalid_scope`.";
    OpenidAloneRefused, "openid-alone-refused", "A `scope` of `openid` alone is an `invalid_scope`.";
    NotificationTokenOptional, "notification-token-optional",
        "A ping client may leave its notification token out, and is never pinged then.";
    NotificationTokenCapped, "notification-token-capped",
        "Notification tokens of more than 512 characters are refused.";
    NotificationTokenUnbounded, "notification-token-unbounded",
        "Notification tokens of any length are accepted.";
    NotificationTokenUnchecked, "notification-token-unchecked",
        "Notification tokens of any characters are accepted; what no header can carry is dropped.";
    NotificationTokenPlusLost, "notification-token-plus-lost",
        "The ping carries a space for each `+` of the notification token.";
    HintOptional, "hint-optional", "A request without a hint is taken for one about the user `anonymous`.";
    EmptyHintAccepted, "empty-hint-accepted", "An empty `login_hint` is taken for the user `anonymous`.";
    TwoHintsAccepted, "two-hints-accepted", "Of exactly two hints `login_hint` wins.";
    ThreeHintsAccepted, "three-hints-accepted", "Of exactly three hints `login_hint` wins.";
    DuplicateHintAccepted, "duplicate-hint-accepted", "Of a hint that is given twice the first wins.";
    DuplicateParameterAccepted, "duplicate-parameter-accepted",
        "Of a parameter, other than a hint, that an authentication request gives twice the first wins.";
    UnknownParameterRefused, "unknown-parameter-refused",
        "A parameter that the standard does not know is an `invalid_request`.";
    UnknownUserAcknowledged, "unknown-user-acknowledged",
        "A request about an unknown user is acknowledged, and nobody is asked.";
    RequestedExpiryUnchecked, "requested-expiry-unchecked",
        "A `requested_expiry` that is no positive integer is ignored.";
    RequestedExpiryIgnored, "requested-expiry-ignored", "A valid `requested_expiry` is ignored.";
    BindingMessageAltered, "binding-message-altered", "The binding message is shown in upper case.";
    BindingMessageMangled, "binding-message-mangled",
        "The binding message is shown with `?` for each character beyond ASCII.";
    BindingMessageLimit500, "binding-message-limit-500",
        "A binding message that is refused is refused with 500 and `server_error`.";
    UnknownScopeIgnored, "unknown-scope-ignored", "Scopes that the client may not ask for are dropped.";
    MalformedScopeAccepted, "malformed-scope-accepted",
        "Scopes with characters that are not allowed are dropped.";
    MalformedInput500, "malformed-input-500",
        "An authentication request that is too long or not UTF-8 is answered with 500 and an HTML page.";
    AcrMissing, "acr-missing", "The ID token has no `acr` although `acr_values` asked for one.";
    BackchannelErrorHtml, "backchannel-error-html",
        "Errors of the backchannel authentication endpoint are HTML pages.";
    BackchannelErrorUnlistedCode, "backchannel-error-unlisted-code",
        "The backchannel authentication endpoint says `bad_request` for `invalid_request`.";
    BackchannelErrorDescriptionQuotes, "backchannel-error-description-quotes",
        "The backchannel authentication endpoint's error descriptions hold quotes and a letter beyond ASCII.";
    BackchannelErrorUriMalformed, "backchannel-error-uri-malformed",
        "Errors of the backchannel authentication endpoint have an `error_uri` that is no URI.";
    // CIBA Core 1.0, 7.2 and 10.1; RFC 6749, 5.2: client authentication.
    BackchannelWithoutCredentials, "backchannel-without-credentials",
        "At the backchannel authentication endpoint a `client_id` in the form is enough.";
    BackchannelWrongSecret, "backchannel-wrong-secret",
        "The backchannel authentication endpoint takes any client secret.";
    PromptsUnauthenticated, "prompts-unauthenticated",
        "The user is asked although the client could not be authenticated.";
    InvalidClient400, "invalid-client-400", "An `invalid_client` has status 400.";
    NoClientInvalidRequest, "no-client-invalid-request",
        "A request that says nothing about its client gets `invalid_request`.";
    ChallengeMissing, "challenge-missing", "An `invalid_client` has no `WWW-Authenticate`.";
    UnregisteredClientAcknowledged, "unregistered-client-acknowledged",
        "Requests of clients that are not registered for CIBA are acknowledged.";
    TokenWithoutCredentials, "token-without-credentials",
        "At the token endpoint a `client_id` in the form is enough.";
    TokenWrongSecret, "token-wrong-secret", "The token endpoint takes any client secret.";
    TwoAuthMethodsAccepted, "two-auth-methods-accepted",
        "A client secret in the form is ignored where there is an Authorization header.";
    ClientIdMismatchAccepted, "client-id-mismatch-accepted",
        "A `client_id` in the form is ignored where there is an Authorization header.";
    // CIBA Core 1.0, 7.3 and 11: the acknowledgement and the expiry.
    Ack201, "ack-201", "The acknowledgement has status 201.";
    AckAuthReqIdNumber, "ack-auth-req-id-number", "The acknowledgement's `auth_req_id` is a JSON number.";
    AuthReqIdBase64, "auth-req-id-base64", "An `auth_req_id` holds `+`, `/` and `=`.";
    AuthReqIdShort, "auth-req-id-short", "An `auth_req_id` has 12 characters.";
    AuthReqIdRepeats, "auth-req-id-repeats",
        "Requests of one client for one user with the same binding message have the same `auth_req_id`.";
    AuthReqIdCounter, "auth-req-id-counter", "An `auth_req_id` is a long constant text and a counter.";
    ExpiresInText, "expires-in-text", "The acknowledgement's `expires_in` is a text.";
    IntervalZero, "interval-zero", "The acknowledgement's `interval` is 0; polls are throttled as before.";
    AckCacheable, "ack-cacheable", "The acknowledgement has no `Cache-Control`.";
    ExpiresEarly, "expires-early", "A request lives half as long as its acknowledgement says.";
    NeverExpires, "never-expires", "An undecided request is still pending after its expiry.";
    ExpiredSaysInvalidGrant, "expired-says-invalid-grant",
        "A poll of an expired request is answered with `invalid_grant`.";
    ApprovedAfterExpiry, "approved-after-expiry", "An approval after the expiry revives the request.";
    ApprovalOutlivesExpiry, "approval-outlives-expiry", "An approval can be redeemed after the expiry.";
    // CIBA Core 1.0, 10.1 and 11: the token request and its errors.
    PendingSaysInvalidRequest, "pending-says-invalid-request",
        "A poll before the decision is answered with `invalid_request`.";
    Pending403, "pending-403", "An `authorization_pending` has status 403.";
    TokenErrorAsText, "token-error-as-text",
        "Errors of the token endpoint have the content type `text/plain`.";
    TokenErrorDescriptionQuotes, "token-error-description-quotes",
        "The token endpoint's error descriptions hold quotes and a letter beyond ASCII.";
    GrantTypeUnchecked, "grant-type-unchecked", "An unknown `grant_type` is taken for CIBA's.";
    GrantTypeOptional, "grant-type-optional", "A missing `grant_type` is taken for CIBA's.";
    AuthReqIdMissingInvalidGrant, "auth-req-id-missing-invalid-grant",
        "A missing `auth_req_id` is an `invalid_grant`.";
    AuthReqIdTwiceAccepted, "auth-req-id-twice-accepted",
        "Of an `auth_req_id` that is given twice the first wins.";
    TokenGetAccepted, "token-get-accepted", "The token endpoint takes GET with a query, too.";
    UnknownIdPending, "unknown-id-pending", "An unknown `auth_req_id` is an `authorization_pending`.";
    TruncatedIdAccepted, "truncated-id-accepted",
        "An `auth_req_id` that lacks its last character finds its request.";
    ForeignIdPending, "foreign-id-pending",
        "An undecided request of another client is an `authorization_pending`.";
    ForeignIdRedeemed, "foreign-id-redeemed", "An approved request can be redeemed by any client.";
    ForeignPollKills, "foreign-poll-kills", "A poll by another client ends the request.";
    ForeignPollThrottles, "foreign-poll-throttles",
        "A poll by another client counts for the owner's interval.";
    OverlappingPolls500, "overlapping-polls-500",
        "A poll that overlaps another of the same request is answered with 500.";
    PollHeld, "poll-held", "A pending poll is held for 40 seconds.";
    TokensBeforeDecision, "tokens-before-decision",
        "The second poll of an undecided request that keeps the interval gets tokens.";
    AccessDenied403, "access-denied-403", "An `access_denied` has status 403.";
    TokensAfterDenial, "tokens-after-denial", "Tokens are issued although the user denied.";
    DenialForgotten, "denial-forgotten", "A denial is told once; the request is undecided again afterwards.";
    // CIBA Core 1.0, 10.1.1; RFC 6749, 5.1: the token response and single use.
    IdTokenMissing, "id-token-missing", "The token response has no `id_token`.";
    TokenTypeMissing, "token-type-missing", "The token response has no `token_type`.";
    TokensCacheable, "tokens-cacheable", "The token response has no `Cache-Control`.";
    PragmaMissing, "pragma-missing", "The token response has no `Pragma`.";
    ScopeMemberMissing, "scope-member-missing", "The token response has no `scope`.";
    AccessTokenShort, "access-token-short", "Access tokens have 10 characters.";
    AuthReqIdReusable, "auth-req-id-reusable", "A redeemed `auth_req_id` gives tokens again.";
    ReplayWithinASecond, "replay-within-a-second",
        "A redeemed `auth_req_id` gives tokens again for one second.";
    RedemptionNotAtomic, "redemption-not-atomic", "Polls that overlap can redeem one approval several times.";
    RaceLosersRevoke, "race-losers-revoke", "A poll of a redeemed `auth_req_id` revokes its access token.";
    // OpenID Connect Core 1.0, 2, 3.1.3.6 and 10.1; CIBA Core 1.0, 10.3.1: the ID token.
    WrongIss, "wrong-iss", "The ID token's `iss` names another issuer.";
    WrongAud, "wrong-aud", "The ID token's `aud` names another client.";
    WrongAzp, "wrong-azp", "The ID token's `azp` names another client.";
    BadSignature, "bad-signature", "The ID token's signature does not verify.";
    MetadataOtherIdTokenAlg, "metadata-other-id-token-alg",
        "The metadata list only an ID token algorithm that is not used.";
    IdTokenExpired, "id-token-expired", "The ID token's `exp` has passed.";
    IdTokenIatOld, "id-token-iat-old", "The ID token's `iat` is an hour ago.";
    AuthTimeAtRedemption, "auth-time-at-redemption",
        "The ID token's `auth_time` is when the tokens were issued.";
    BadAtHash, "bad-at-hash", "The ID token's `at_hash` belongs to another access token.";
    WrongSub, "wrong-sub", "The ID token's `sub` names another user.";
    SubShared, "sub-shared", "The ID token's `sub` is the same for every user.";
    SubTooLong, "sub-too-long", "The ID token's `sub` has 300 characters.";
    KidMissing, "kid-missing", "The ID token's header has no `kid`.";
    WrongAuthReqIdClaim, "wrong-auth-req-id-claim",
        "The ID token has a claim with the `auth_req_id` of another request.";
    // CIBA Core 1.0, 9 and 10.2: the ping.
    PingNotSent, "ping-not-sent", "No ping is sent after an approval.";
    PingNotSentOnDenial, "ping-not-sent-on-denial", "No ping is sent after a denial.";
    PingBeforeDecision, "ping-before-decision", "A ping is sent with the acknowledgement, too.";
    PingWrongToken, "ping-wrong-token", "The ping carries a bearer token that the client never issued.";
    PingTwoAuthorizations, "ping-two-authorizations", "The ping carries its Authorization header twice.";
    PingExtraMembers, "ping-extra-members", "The ping's body holds more than the `auth_req_id`.";
    PingWrongAuthReqId, "ping-wrong-auth-req-id", "The ping's `auth_req_id` belongs to no request.";
    PingAsText, "ping-as-text", "The ping's content type is `text/plain`.";
    PingByPut, "ping-by-put", "The ping is sent by PUT.";
    PingNeeds204, "ping-needs-204", "A ping that is answered with another 2xx than 204 ends the request.";
    PingFollowsRedirects, "ping-follows-redirects",
        "The ping is sent again where its answer redirects to, once.";
    PingRefusedKills, "ping-refused-kills", "A ping that is answered with 401 or 403 ends the request.";
    PingFailedKills, "ping-failed-kills",
        "A ping that is answered with 5xx, or whose connection breaks, ends the request.";
    PingHangingHolds, "ping-hanging-holds",
        "A decision is pending until its ping is answered; a ping that is given up ends the request.";
    PingBeforeVisible, "ping-before-visible",
        "The ping is sent one second before the token endpoint knows the decision.";
    PingClientRefused, "ping-client-refused",
        "A ping client's poll before the decision is answered with `unauthorized_client`.";
    PingSentTwice, "ping-sent-twice", "The ping is sent twice.";
    PingTokensSwapped, "ping-tokens-swapped",
        "The ping carries the token of the client's latest other request, if there is one.";
    // CIBA Core 1.0, 7.3 and 11: the polling interval.
    SlowDownToConformantPoller, "slow-down-to-conformant-poller",
        "The first poll of a request that kept the interval is answered with `slow_down`.";
    FirstPollThrottled, "first-poll-throttled",
        "The interval runs from the request, so that a first poll can be early.";
    SlowDownDoubles, "slow-down-doubles", "Each `slow_down` makes the interval four times as long.";
    EarlyPoll429Bare, "early-poll-429-bare",
        "An early poll is answered with 429, without JSON and without Retry-After.";
    SlowDown429Json, "slow-down-429-json", "A `slow_down` has status 429 and Retry-After.";
    NeverThrottles, "never-throttles", "Early polls are accepted.";
    ThrottlePerClient, "throttle-per-client", "All requests of a client share one interval.";
    ThrottleGlobal, "throttle-global", "All requests of all clients share one interval.";
    ThrottleHidesTokens, "throttle-hides-tokens",
        "An early poll of an approved request is answered with `slow_down`.";
    ThrottleHidesDenial, "throttle-hides-denial",
        "An early poll of a denied request is answered with `slow_down`.";
    SlowDownKills, "slow-down-kills",
        "The poll that follows a `slow_down` is answered with `invalid_request`.";
    // FAPI-CIBA, 5.2.2.
    MetadataListsPush, "metadata-lists-push", "The metadata list the delivery mode `push`, too.";
    MetadataWithoutPoll, "metadata-without-poll", "The metadata do not list the delivery mode `poll`.";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no fault has.
#[derive(Debug, thiserror::Error)]
#[error("unknown fault \"{0}\"; the faults are listed by `Fault::ALL`")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Fault::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// Words of a [`FaultSet`], one bit for each fault.
const WORDS: usize = Fault::ALL.len().div_ceil(u64::BITS as usize);

/// The faults that are switched on.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultSet([u64; WORDS]);

impl FaultSet {
    /// No fault: the provider keeps the standard.
    pub const NONE: FaultSet = FaultSet([0; WORDS]);

    /// This set and one more fault.
    #[must_use]
    pub const fn with(mut self, fault: Fault) -> Self {
        let (word, bit) = place(fault);
        self.0[word] |= bit;
        self
    }

    /// Whether the fault is switched on.
    pub const fn has(self, fault: Fault) -> bool {
        let (word, bit) = place(fault);
        self.0[word] & bit != 0
    }

    /// The faults of the set.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |fault| self.has(*fault))
    }
}

/// The word of a fault, and its bit there.
const fn place(fault: Fault) -> (usize, u64) {
    let number = fault as usize;
    (number / u64::BITS as usize, 1 << (number % u64::BITS as usize))
}

impl From<Fault> for FaultSet {
    fn from(fault: Fault) -> Self {
        Self::NONE.with(fault)
    }
}

impl FromIterator<Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::NONE, FaultSet::with)
    }
}

impl fmt::Debug for FaultSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Fault::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_parse_back() {
        let mut seen = FaultSet::NONE;
        for fault in Fault::ALL.iter().copied() {
            assert!(fault.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert_eq!(fault.name().parse::<Fault>().unwrap(), fault);
            assert!(!seen.has(fault) && fault.about().ends_with('.'));
            seen = seen.with(fault);
        }
        assert_eq!(seen.iter().count(), Fault::ALL.len());
        assert!("wrong-sup".parse::<Fault>().is_err());
    }
}
