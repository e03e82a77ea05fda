//! The faults, one line each.

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
    // CIBA Core 1.0, 4 and 14; RFC 7591; RFC 7592: registration.
    RegistrationModeOptional, "registration-mode-optional",
        "A client may register without a delivery mode, and polls then.";
    RegistrationEndpointOptional, "registration-endpoint-optional",
        "A client for ping or push may register without a notification endpoint.";
    RegistrationPlainHttp, "registration-plain-http",
        "A client may register a notification endpoint with plain http.";
    UpdatePlainHttp, "update-plain-http",
        "A registered client may change its notification endpoint to one with plain http.";
    UnregisteredRequestSignature, "unregistered-request-signature",
        "Clients that registered no algorithm for authentication requests may sign them.";
    PairwiseWithoutSector, "pairwise-without-sector",
        "A client that polls gets pairwise subjects without a sector_identifier_uri and a jwks_uri.";
    PairwiseKeysUnread, "pairwise-keys-unread",
        "A client may register a jwks_uri at which there are no keys.";
    PairwiseUnproven, "pairwise-unproven",
        "A client gets the pairwise subjects of its jwks_uri's host without using a key of it.";
    PairwisePerClient, "pairwise-per-client",
        "Clients of one sector get different pairwise subjects for one user.";
    PairwiseIgnored, "pairwise-ignored", "A client with pairwise subjects gets the public ones.";
    SectorWithoutKeys, "sector-without-keys",
        "A sector identifier document need not list the jwks_uri of a client that polls or is pinged.";
    SectorWithoutEndpoint, "sector-without-endpoint",
        "A sector identifier document need not list the notification endpoint of a client for push.";
    RegistrationInternalEndpoint, "registration-internal-endpoint",
        "A client may register a notification endpoint inside the provider's own network.";
    PublicClientRegistered, "public-client-registered",
        "A client may register with the authentication method `none`.";
    PublicClientAcknowledged, "public-client-acknowledged",
        "A client may register with the authentication method `none`, and its requests are acknowledged.";
    Rsa15Registered, "rsa1-5-registered",
        "A client may register for ID tokens that are encrypted by RSA1_5.";
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
    BindingMessageAltered, "binding-message-altered", "The binding message is shown backwards.";
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
    // CIBA Core 1.0, 7.1, 7.2, 13 and 14: tokens as hints.
    MalformedHintToken500, "malformed-hint-token-500",
        "A hint that should be a signed JWT and is none is answered with 500 and an HTML page.";
    AgreeingHintsAccepted, "agreeing-hints-accepted",
        "Several hints are accepted if all of them are valid and lead to the same user.";
    LoginHintTokenAboutNobody, "login-hint-token-about-nobody",
        "Every `login_hint_token` is taken to mean the user `anonymous`.";
    LoginHintTokenUnverified, "login-hint-token-unverified",
        "The signature of a `login_hint_token` is not verified.";
    LoginHintTokenAlgNone, "login-hint-token-alg-none",
        "A `login_hint_token` with the algorithm `none` is accepted.";
    LoginHintTokenAnyIssuer, "login-hint-token-any-issuer",
        "A `login_hint_token` is accepted whatever issuer it names, if a known key has signed it.";
    ExpiredLoginHintTokenAccepted, "expired-login-hint-token-accepted",
        "A `login_hint_token` that has expired is accepted.";
    ExpiredLoginHintTokenUnnamed, "expired-login-hint-token-unnamed",
        "A `login_hint_token` that has expired is an `invalid_request`.";
    IdTokenHintAboutNobody, "id-token-hint-about-nobody",
        "Every `id_token_hint` is taken to mean the user `anonymous`.";
    IdTokenHintUnverified, "id-token-hint-unverified",
        "The signature of an `id_token_hint` is not verified.";
    IdTokenHintAlgNone, "id-token-hint-alg-none",
        "An `id_token_hint` with the algorithm `none` is accepted.";
    IdTokenHintAnyIssuer, "id-token-hint-any-issuer",
        "An `id_token_hint` of another issuer is accepted unverified.";
    IdTokenHintAnyAudience, "id-token-hint-any-audience",
        "An `id_token_hint` that was issued to another client is accepted.";
    ExpiredIdTokenHintRefused, "expired-id-token-hint-refused",
        "An `id_token_hint` is refused from the moment of its expiry.";
    // CIBA Core 1.0, 4, 7.1.2 and 13: user codes.
    UnregisteredUserCodeChecked, "unregistered-user-code-checked",
        "A user code is checked although the client is not registered for user codes.";
    UserCodeUnchecked, "user-code-unchecked", "User codes are ignored.";
    UserCodeMisread, "user-code-misread", "The user code is compared with the user's name.";
    UserCodeOfAnybody, "user-code-of-anybody", "The code of any user is accepted for every user.";
    UserCodeCheckedAfterPrompt, "user-code-checked-after-prompt",
        "The user is asked before the user code is checked.";
    MissingUserCodeUnnamed, "missing-user-code-unnamed", "A missing user code is an `invalid_request`.";
    InvalidUserCodeUnnamed, "invalid-user-code-unnamed", "A wrong user code is an `invalid_request`.";
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
    // RFC 8705; FAPI 1.0: certificates.
    ClientCertificateOptional, "client-certificate-optional",
        "A client that is registered for a certificate needs none.";
    ClientCertificateUnchecked, "client-certificate-unchecked",
        "Any certificate will do for a client that is registered for one.";
    BoundTokenWithoutCertificate, "bound-token-without-certificate",
        "An access token that is bound to a certificate works on a connection without one.";
    BoundTokenAnyCertificate, "bound-token-any-certificate",
        "An access token that is bound to a certificate works with any.";
    TokensNotBound, "tokens-not-bound", "Access tokens are not bound to the certificate of their client.";
    ShortTokensNotBound, "short-tokens-not-bound",
        "Access tokens are not bound to the certificate of their client, and said to live for five minutes.";
    CnfReversed, "cnf-reversed", "The `cnf` of a bound access token holds the certificate's hash backwards.";
    InteractionIdReplaced, "interaction-id-replaced",
        "The userinfo endpoint sends an `x-fapi-interaction-id` of its own instead of the caller's.";
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
    PushedTokensNotBound, "pushed-tokens-not-bound",
        "Access tokens that are pushed are bound to no certificate.";
    RefreshTokenForAnyone, "refresh-token-for-anyone", "A refresh token is taken from any client.";
    NotificationCertificateUnverified, "notification-certificate-unverified",
        "A ping is sent whatever certificate the notification endpoint shows.";
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
    // RFC 7523, 3; OpenID Connect Core 1.0, 9; CIBA Core 1.0, 7.1: client assertions.
    AssertionIssuerOnly, "assertion-issuer-only",
        "A client assertion has to be addressed to the issuer, and to no endpoint.";
    AssertionIssUnchecked, "assertion-iss-unchecked", "The `iss` of a client assertion is not looked at.";
    AssertionAudUnchecked, "assertion-aud-unchecked", "The `aud` of a client assertion is not looked at.";
    AssertionExpUnchecked, "assertion-exp-unchecked", "The `exp` of a client assertion is not looked at.";
    BackchannelAssertionForged, "backchannel-assertion-forged",
        "The backchannel authentication endpoint does not verify the signatures of client assertions.";
    TokenAssertionForged, "token-assertion-forged",
        "The token endpoint does not verify the signatures of client assertions.";
    AssertionAlgNone, "assertion-alg-none", "A client assertion with the algorithm `none` needs no signature.";
    AssertionAnyAlg, "assertion-any-alg",
        "Clients may sign assertions by algorithms that they are not registered for.";
    AssertionReplayed, "assertion-replayed", "A client assertion can be used again.";
    // CIBA Core 1.0, 7.1.1 and 7.2; FAPI-CIBA, 5.2.2: signed authentication requests.
    SignedMessageAltered, "signed-message-altered",
        "The binding message of a signed authentication request is shown with a 0 behind its first full stop.";
    SignedExpiryNumberRefused, "signed-expiry-number-refused",
        "A `requested_expiry` that is a number is an `invalid_request`.";
    RequestAlgNone, "request-alg-none",
        "A signed authentication request with the algorithm `none` needs no signature.";
    RequestHmac, "request-hmac", "Authentication requests may be signed by HS256 with the client secret.";
    RequestAnyAlg, "request-any-alg",
        "Clients may sign authentication requests by algorithms that they are not registered for.";
    RequestForged, "request-forged", "The signatures of authentication requests are not verified.";
    RequestAudUnchecked, "request-aud-unchecked",
        "The `aud` of a signed authentication request is not looked at.";
    RequestAudListRefused, "request-aud-list-refused",
        "A signed authentication request whose `aud` is a list is refused.";
    RequestIssUnchecked, "request-iss-unchecked",
        "The `iss` of a signed authentication request is not looked at.";
    RequestExpUnchecked, "request-exp-unchecked",
        "The `exp` of a signed authentication request is not looked at.";
    RequestIatOptional, "request-iat-optional", "A signed authentication request needs no `iat`.";
    RequestNbfUnchecked, "request-nbf-unchecked",
        "The `nbf` of a signed authentication request is not looked at.";
    RequestJtiOptional, "request-jti-optional", "A signed authentication request needs no `jti`.";
    OutsideParametersWin, "outside-parameters-win",
        "A parameter beside the signed authentication request replaces the one inside.";
    OutsideParametersFill, "outside-parameters-fill",
        "A parameter beside the signed authentication request counts where there is none inside.";
    EncryptedRequest500, "encrypted-request-500", "An encrypted authentication request is answered with 500.";
    UnsignedRequestAccepted, "unsigned-request-accepted",
        "Clients that are registered for signed authentication requests may send others.";
    RequestLongLived, "request-long-lived", "A signed authentication request may live for days.";
    UnboundRequestAccepted, "unbound-request-accepted",
        "Clients that are registered to send a binding message may leave it out.";
    WeakKeyPublished, "weak-key-published", "The key set holds an RSA key of 1024 bits, too.";
    // CIBA Core 1.0, 7.3, 10.3, 11 and 12: pushes.
    PushNotSent, "push-not-sent", "A push client is not told of approvals.";
    PushNotSentOnDenial, "push-not-sent-on-denial", "A push client is not told of denials.";
    PushNotSentOnExpiry, "push-not-sent-on-expiry", "A push client is not told that its request expired.";
    PushFailureNotTold, "push-failure-not-told",
        "A push client is not told that its user could not be asked.";
    PushBeforeDecision, "push-before-decision", "Tokens are pushed with the acknowledgement already.";
    PushSentTwice, "push-sent-twice", "Pushed tokens are sent twice.";
    PushWrongToken, "push-wrong-token", "Pushed tokens carry a bearer token that nobody chose.";
    PushWrongAuthReqId, "push-wrong-auth-req-id", "Pushed tokens name an `auth_req_id` that nobody was given.";
    PushMembersNested, "push-members-nested",
        "The members of the token response stand in a member `token_response` of the push.";
    PushAsText, "push-as-text", "Pushed tokens have the content type `text/plain`.";
    PushAtHashMissing, "push-at-hash-missing", "A pushed ID token has no `at_hash`.";
    PushRtHashMissing, "push-rt-hash-missing", "A pushed ID token has no `rt_hash`.";
    PushAuthReqIdClaimMissing, "push-auth-req-id-claim-missing",
        "A pushed ID token does not name its `auth_req_id`.";
    PushNeeds204, "push-needs-204", "A push that is answered with 200 is sent again.";
    PushFollowsRedirects, "push-follows-redirects", "Pushes follow redirects.";
    PushNotRetried, "push-not-retried", "A push that failed is given up at once.";
    PushClientPolls, "push-client-polls", "The token endpoint takes polls of push clients.";
    PushClientRedeems, "push-client-redeems",
        "What was pushed can be redeemed at the token endpoint once more.";
    PushErrorWrongToken, "push-error-wrong-token",
        "Pushed errors carry a bearer token that nobody chose.";
    PushErrorAsText, "push-error-as-text", "Pushed errors have the content type `text/plain`.";
    PushErrorUnlistedCode, "push-error-unlisted-code", "A denial is pushed as `denied`.";
    PushErrorWithoutAuthReqId, "push-error-without-auth-req-id", "Pushed errors do not name their request.";
    PushErrorDescriptionQuotes, "push-error-description-quotes",
        "The descriptions of pushed errors hold quotes and a letter beyond ASCII.";
    // Open Banking UK and Brasil: consents.
    ForeignIntentAccepted, "foreign-intent-accepted",
        "An authentication request may name a consent that another client created.";
    UnknownIntentAccepted, "unknown-intent-accepted",
        "An authentication request may name a consent that does not exist.";
    IntentOptional, "intent-optional",
        "An authentication request with the scope of a consent need not name one.";
    ConsentUsableTwice, "consent-usable-twice",
        "A consent that was authorised can be authorised again by another authentication request.";
    RejectedConsentUsable, "rejected-consent-usable",
        "An authentication request may name a consent that the user rejected.";
    DeletedConsentUsable, "deleted-consent-usable",
        "An authentication request may name a consent that its client deleted.";
    StartWithoutIntent, "start-without-intent",
        "`/authentication/start` does not name the consent.";
    ConsentStaysAwaiting, "consent-stays-awaiting",
        "A consent that was accepted still awaits its authorisation.";
    RejectedConsentRedeemed, "rejected-consent-redeemed",
        "Tokens are issued although the user rejected the consent.";
    ForeignConsentReadable, "foreign-consent-readable", "Clients can read the consents of other clients.";
    ConsentWithoutToken, "consent-without-token", "The consent APIs need no access token.";
    ConsentScopeUnchecked, "consent-scope-unchecked",
        "The consent APIs take access tokens without their scope.";
    PaymentConsentUnsigned, "payment-consent-unsigned",
        "The answer about a signed payment consent is a JWT with the algorithm `none`.";
    PaymentConsentUnverified, "payment-consent-unverified",
        "The signature of a payment consent is not verified.";
    // FAPI-CIBA, 5.2.2.
    MetadataListsPush, "metadata-lists-push", "The metadata list the delivery mode `push`, too.";
    MetadataWithoutPoll, "metadata-without-poll", "The metadata do not list the delivery mode `poll`.";
}
