use crate::ciba::DeliveryMode;
use std::fmt;

/// Most members in which one recipe differs from a valid registration.
const CHANGES_MAX: usize = 6;

/// What a client asks to be registered as: a valid registration for a delivery mode, and what is different about it.
#[derive(Debug, Clone, Copy)]
pub struct ClientRecipe {
    /// The delivery mode that the client lives by, whether it registers it or not.
    pub mode: DeliveryMode,
    /// Whether it signs its authentication requests, whether it registers an algorithm for that or not.
    pub signs: bool,
    changes: [Option<(&'static str, Option<Member>)>; CHANGES_MAX],
}

/// The value of a member as a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// This text.
    Text(&'static str),
    /// A notification endpoint by HTTPS: our own where it is one, or one that is never called.
    Endpoint,
    /// The same by plain http, on a host that is not loopback.
    PlainEndpoint,
    /// The address of a document of ours with the client's keys.
    KeySet,
    /// An address of ours where nothing is.
    Nothing,
    /// The address of a document of ours that lists this.
    Sector(Listed),
}

/// What a sector identifier document lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// The client's `jwks_uri`.
    Keys,
    /// The client's notification endpoint.
    Endpoint,
    /// An address that is none of the client's.
    Others,
}

/// A valid client that polls.
pub const POLL_CLIENT: ClientRecipe = ClientRecipe::of(DeliveryMode::Poll);
/// A valid client for ping.
pub const PING_CLIENT: ClientRecipe = ClientRecipe::of(DeliveryMode::Ping);
/// A valid client for push.
pub const PUSH_CLIENT: ClientRecipe = ClientRecipe::of(DeliveryMode::Push);
/// A valid client that polls and has pairwise subjects, with its keys at a `jwks_uri`.
pub const PAIRWISE_CLIENT: ClientRecipe = POLL_CLIENT
    .with("subject_type", Member::Text("pairwise"))
    .with("token_endpoint_auth_method", Member::Text("private_key_jwt"))
    .with("jwks_uri", Member::KeySet)
    .without("jwks");

impl ClientRecipe {
    /// A valid registration.
    pub const fn of(mode: DeliveryMode) -> Self {
        ClientRecipe { mode, signs: false, changes: [None; CHANGES_MAX] }
    }

    /// With a member, or with another value of it.
    pub const fn with(self, name: &'static str, value: Member) -> Self {
        self.changed(name, Some(value))
    }

    /// Without a member.
    pub const fn without(self, name: &'static str) -> Self {
        self.changed(name, None)
    }

    /// Of a client that signs its authentication requests.
    pub const fn signing(self) -> Self {
        ClientRecipe { signs: true, ..self }
    }

    /// What is different, in the order in which it was said: later ones count.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, Option<Member>)> + '_ {
        self.changes.iter().flatten().copied()
    }

    const fn changed(mut self, name: &'static str, value: Option<Member>) -> Self {
        let mut at = 0;
        while at < CHANGES_MAX {
            if self.changes[at].is_none() {
                self.changes[at] = Some((name, value));
                return self;
            }
            at += 1;
        }
        panic!("a recipe changes at most six members");
    }
}

impl fmt::Display for ClientRecipe {
    /// `a client for ping, without backchannel_client_notification_endpoint`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a client for {}", self.mode.name())?;
        for (name, value) in self.changes() {
            match value {
                Some(value) => write!(f, ", {name} = {value}")?,
                None => write!(f, ", without {name}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Member::Text(text) => write!(f, "{text:?}"),
            Member::Endpoint => f.write_str("an HTTPS URL"),
            Member::PlainEndpoint => f.write_str("a plain http URL"),
            Member::KeySet => f.write_str("a document of ours with its keys"),
            Member::Nothing => f.write_str("an address of ours where nothing is"),
            Member::Sector(listed) => write!(f, "a document of ours that lists {listed}"),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Listed::Keys => "its jwks_uri",
            Listed::Endpoint => "its notification endpoint",
            Listed::Others => "another address",
        })
    }
}
