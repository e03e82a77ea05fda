use std::fmt;

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
    changes: [Option<Change>; CHANGES_MAX],
}

/// A client of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The client for poll, or the one for ping where there is no other.
    Main,
    /// The client for ping.
    Ping,
    /// The second client.
    Second,
    /// The client that is not registered for CIBA.
    Unregistered,
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
}

/// A valid request of the main client.
pub const VALID: Request = Request::by(By::Main);
/// A valid request of the client for ping.
pub const VALID_PING: Request = Request::by(By::Ping);
/// The main client, which is whose flow it is where nothing else is said.
pub const OWNER: Request = Request::by(By::Main);
/// The client for ping asks for its own flow's result.
pub const PING_OWNER: Request = Request::by(By::Ping);
/// The second client.
pub const SECOND: Request = Request::by(By::Second);

impl Request {
    /// A valid request of this client.
    pub const fn by(by: By) -> Self {
        Request { by, proof: Proof::Registered, manner: Manner::Form, changes: [None; CHANGES_MAX] }
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
        })
    }

    /// The lifetime in seconds that the request asks for, if it asks for one.
    pub fn asked_expiry(&self) -> Option<u64> {
        self.changes().find_map(|change| match change {
            Change::With("requested_expiry", Value::Text(text)) => text.parse().ok(),
            Change::Without(_) | Change::With(..) | Change::Again(..) => None,
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

impl fmt::Display for Request {
    /// `the second client, without scope`; empty for a valid request of the main client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            By::Main => None,
            By::Ping => Some("the ping client".to_owned()),
            By::Second => Some("the second client".to_owned()),
            By::Unregistered => Some("the client without the CIBA grant".to_owned()),
        };
        let proof = match self.proof {
            Proof::Registered => None,
            Proof::IdOnly => Some("client_id but no credentials"),
            Proof::Nothing => Some("neither client_id nor credentials"),
            Proof::WrongSecret => Some("a wrong secret"),
            Proof::WrongBasic => Some("a wrong secret by HTTP Basic"),
            Proof::OtherMethod => Some("the secret by the method it is not registered for"),
            Proof::BothMethods => Some("the secret by HTTP Basic and in the form"),
            Proof::OtherClientId => Some("the client_id of another client in the form"),
        };
        let manner = match self.manner {
            Manner::Form => None,
            Manner::Query => Some("GET with a query".to_owned()),
            Manner::Json => Some("a JSON body".to_owned()),
            Manner::FormThen(bytes) => Some(format!("the bytes {} after the form", bytes.escape_ascii())),
            Manner::Padded(bytes) => Some(format!("a form {bytes} bytes longer")),
        };
        let parts: Vec<String> = by
            .into_iter()
            .chain(proof.map(str::to_owned))
            .chain(manner)
            .chain(self.changes().map(|change| change.to_string()))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Without(name) => write!(f, "without {name}"),
            Change::With(name, value) => write!(f, "{name} = {value}"),
            Change::Again(name, value) => write!(f, "a second {name} = {value}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Repeat(character, times) => write!(f, "{times} times {character:?}"),
            Value::Same => f.write_str("the same"),
            Value::FollowedBy(text) => write!(f, "its value and then {text:?}"),
            Value::LengthenedTo(length) => write!(f, "its value made {length} characters long"),
            Value::UnknownUser => f.write_str("a user that nobody knows"),
            Value::OtherUser => f.write_str("another user"),
            Value::ReversedScopes => f.write_str("the scopes in reverse order"),
            Value::ScopesAndUnknown => f.write_str("the scopes and one that nobody has"),
            Value::SupportedAcr => f.write_str("one that the metadata list"),
            Value::TruncatedAuthReqId => f.write_str("the flow's, its last character cut off"),
        }
    }
}
