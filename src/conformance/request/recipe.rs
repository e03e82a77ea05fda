use crate::conformance::ConsentName;

/// Most changes that one request can carry.
const CHANGES_MAX: usize = 6;

/// A request as a recipe: a valid one, and what is different about it. Which endpoint it goes to is the step's to say.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Who sends it.
    pub by: By,
    /// How the client proves who it is.
    pub proof: Proof,
    /// How the parameters travel.
    pub manner: Manner,
    /// How the signed object is sealed, where the client signs its authentication requests.
    pub seal: Seal,
    changes: [Option<Change>; CHANGES_MAX],
}

/// A client of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The client for poll, or the one for ping where there is no other.
    Main,
    /// The client for ping.
    Ping,
    /// The client for push.
    Push,
    /// The second client.
    Second,
    /// The client that is registered for user codes.
    UserCode,
    /// The client that is not registered for CIBA.
    Unregistered,
    /// The client that authenticates by `private_key_jwt`.
    Asserting,
    /// The client that signs its authentication requests.
    Signing,
    /// The client that authenticates by its certificate.
    Certified,
    /// A third party of a bank (Open Banking).
    ThirdParty,
    /// Another third party.
    OtherThirdParty,
    /// A third party with a key.
    SigningThirdParty,
    /// A client that the check has registered itself, counted from 0.
    Registered(usize),
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By its registered method.
    Registered,
    /// Not at all: the form holds its `client_id` and nothing else.
    IdOnly,
    /// Not at all, nor does the request say who sends it.
    Nothing,
    /// By its registered method, with a secret that is not its own.
    WrongSecret,
    /// By HTTP Basic, with a secret that is not its own, whatever its registered method.
    WrongBasic,
    /// With the right secret, by the method that it is not registered for.
    OtherMethod,
    /// By HTTP Basic and in the form, both right.
    BothMethods,
    /// By its registered method, beside the `client_id` of the second client in the form.
    OtherClientId,
    /// By an assertion that is sealed like this, perhaps with another value of a claim.
    Assertion(Seal, Option<(&'static str, ClaimValue)>),
    /// By the assertion of this check's request before.
    SameAssertion,
}

/// How a token is sealed: a client's assertion, or its signed authentication request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// Signed as it should be.
    Own,
    /// Signed by a key that nobody registered, under the name of the client's.
    Stranger,
    /// With a signature that was tampered with.
    Broken,
    /// With the algorithm `none` and no signature.
    Unsigned,
    /// By HS256 with the client secret, or with the `client_id` where there is no secret.
    Shared,
    /// By the client's key and an algorithm that the client is not registered for.
    OtherAlgorithm,
    /// Encrypted, as far as anybody can tell who cannot decrypt it.
    Encrypted,
    /// No object at all: the parameters are those of the form.
    NotSigned,
}

/// A claim of a token as a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimValue {
    /// It is left out.
    Absent,
    /// This text.
    Text(&'static str),
    /// This number.
    Number(u64),
    /// A date so many seconds from now, or before now.
    SecondsFromNow(i64),
    /// The URL of the token endpoint.
    TokenEndpoint,
    /// The URL of the backchannel authentication endpoint.
    BackchannelEndpoint,
    /// A list of the issuer and a server that is none of ours.
    IssuerAmongOthers,
}

/// How the parameters travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// POST with a form.
    Form,
    /// GET with a query.
    Query,
    /// POST with a JSON object.
    Json,
    /// POST with these bytes at the end of an otherwise valid form.
    FormThen(&'static [u8]),
    /// POST of a valid form that a parameter nobody knows makes this many bytes longer.
    Padded(usize),
}

/// What is different about one parameter.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// It is left out.
    Without(&'static str),
    /// It has this value, whether or not a valid request has it.
    With(&'static str, Value),
    /// It is there once more.
    Again(&'static str, Value),
    /// The signed object has this claim, or lacks it.
    Claim(&'static str, ClaimValue),
    /// It stands in the form, beside the signed object.
    Beside(&'static str, Value),
    /// It names a consent, or none, and asks for what that is for (Open Banking).
    Consent(ConsentName),
}

/// A value as a recipe, so that a request can be written before the run exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Text(&'static str),
    /// A character so many times.
    Repeat(char, usize),
    /// The value that the parameter has already.
    Same,
    /// The value that the parameter has already, followed by this.
    FollowedBy(&'static str),
    /// The value that the parameter has already, made this many characters long.
    LengthenedTo(usize),
    /// A user that our authentication service does not know.
    UnknownUser,
    /// The check's second user.
    OtherUser,
    /// The scopes of a valid request in reverse order.
    ReversedScopes,
    /// The scopes of a valid request, then one that nobody has.
    ScopesAndUnknown,
    /// A value of `acr_values_supported`.
    SupportedAcr,
    /// The current flow's `auth_req_id` without its last character.
    TruncatedAuthReqId,
    /// A login hint token about the check's first user.
    LoginHintToken(TokenForm),
    /// The ID token of the check's first flow that got one.
    IdToken(TokenForm),
    /// The user code of the check's second user.
    OtherUserCode,
}

/// What is done to a token before it serves as a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// Nothing.
    Sound,
    /// Its payload was changed after it was signed.
    Changed,
    /// Its header says that it is not signed, and it is not.
    Unsigned,
    /// It names another issuer. Where this tool signs, it is signed all the same.
    OfAnotherIssuer,
    /// It expired an hour ago; only for tokens that this tool signs.
    Expired,
}

/// A valid request of the main client.
pub const VALID: Request = Request::by(By::Main);
/// A valid request of the client for ping.
pub const VALID_PING: Request = Request::by(By::Ping);
/// The main client, which is whose flow it is where nothing else is said.
pub const OWNER: Request = Request::by(By::Main);
/// The client for ping asks for its own flow's result.
pub const PING_OWNER: Request = Request::by(By::Ping);
/// A valid request of the client for push, or a poll of it.
pub const VALID_PUSH: Request = Request::by(By::Push);
/// The client that authenticates by `private_key_jwt`.
pub const ASSERTING: Request = Request::by(By::Asserting);
/// The client that signs its authentication requests.
pub const SIGNING: Request = Request::by(By::Signing);
/// The client that authenticates by its certificate.
pub const CERTIFIED: Request = Request::by(By::Certified);
/// A valid request of the client with user codes, or a poll of it.
pub const WITH_USER_CODE: Request = Request::by(By::UserCode);
/// The client that the check registered first.
pub const REGISTERED: Request = Request::by(By::Registered(0));
/// The client that the check registered then.
pub const REGISTERED_SECOND: Request = Request::by(By::Registered(1));
/// The second client.
pub const SECOND: Request = Request::by(By::Second);

impl Request {
    /// A valid request of this client.
    pub const fn by(by: By) -> Self {
        Request {
            by,
            proof: Proof::Registered,
            manner: Manner::Form,
            seal: Seal::Own,
            changes: [None; CHANGES_MAX],
        }
    }

    /// Without a parameter.
    pub const fn without(self, name: &'static str) -> Self {
        self.changed(Change::Without(name))
    }

    /// With a parameter, or with another value of it.
    pub const fn with(self, name: &'static str, value: Value) -> Self {
        self.changed(Change::With(name, value))
    }

    /// With this text as a parameter.
    pub const fn saying(self, name: &'static str, text: &'static str) -> Self {
        self.changed(Change::With(name, Value::Text(text)))
    }

    /// With a parameter once more.
    pub const fn again(self, name: &'static str, value: Value) -> Self {
        self.changed(Change::Again(name, value))
    }

    /// Sent in another manner.
    pub const fn sent(self, manner: Manner) -> Self {
        Request { manner, ..self }
    }

    /// With another seal of the signed object.
    pub const fn sealed(self, seal: Seal) -> Self {
        Request { seal, ..self }
    }

    /// With another value of a claim of the signed object.
    pub const fn claiming(self, name: &'static str, value: ClaimValue) -> Self {
        self.changed(Change::Claim(name, value))
    }

    /// With a parameter beside the signed object.
    pub const fn beside(self, name: &'static str, value: Value) -> Self {
        self.changed(Change::Beside(name, value))
    }

    /// Naming a consent.
    pub const fn naming(self, name: ConsentName) -> Self {
        self.changed(Change::Consent(name))
    }

    /// With another proof of who the client is.
    pub const fn proving(self, proof: Proof) -> Self {
        Request { proof, ..self }
    }

    /// What is different, in the order in which it was said.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.changes.iter().flatten().copied()
    }

    /// Whether the request itself sets or removes a parameter.
    pub fn touches(&self, parameter: &str) -> bool {
        self.changes().any(|change| match change {
            Change::Without(name) | Change::With(name, _) | Change::Again(name, _) => name == parameter,
            Change::Claim(..) | Change::Beside(..) | Change::Consent(_) => false,
        })
    }

    /// The lifetime in seconds that the request asks for, if it asks for one.
    pub fn asked_expiry(&self) -> Option<u64> {
        self.changes().find_map(|change| match change {
            Change::With("requested_expiry", Value::Text(text)) => text.parse().ok(),
            Change::Claim("requested_expiry", ClaimValue::Number(seconds)) => Some(seconds),
            Change::Without(_)
            | Change::With(..)
            | Change::Again(..)
            | Change::Claim(..)
            | Change::Beside(..)
            | Change::Consent(_) => None,
        })
    }

    const fn changed(mut self, change: Change) -> Self {
        let mut at = 0;
        while at < CHANGES_MAX {
            if self.changes[at].is_none() {
                self.changes[at] = Some(change);
                return self;
            }
            at += 1;
        }
        panic!("a request carries at most six changes");
    }
}
