//! Reading the members of a registration, whose types are the client's to get right.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::OauthError;

/// What a client asks to be registered as.
pub(super) struct Asked(Map<String, Value>);

/// An error that names what is wrong (RFC 7591, 3.2.2).
pub(super) fn invalid(description: impl Into<String>) -> OauthError {
    OauthError::new("invalid_client_metadata", description.into())
}

impl Asked {
    /// Reads a body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, OauthError> {
        let members: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| invalid("the body is not a JSON object"))?;
        // A member that is null is one that is left out (RFC 7592, 2.2).
        Ok(Self(members.into_iter().filter(|(_, value)| !value.is_null()).collect()))
    }

    /// A member, if it is there and of the right kind.
    fn read<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<Option<T>, OauthError> {
        let value = self.0.get(name).map(T::deserialize).transpose();
        value.map_err(|_| invalid(format!("{name} has a wrong value")))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, OauthError> {
        self.read(name)
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, OauthError> {
        Ok(self.read(name)?.unwrap_or_default())
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, OauthError> {
        self.read(name)
    }

    /// A member whose words are those of the settings.
    pub(super) fn word<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<Option<T>, OauthError> {
        self.read(name)
    }

    /// The keys of a member `jwks` (RFC 7517, 5).
    pub(super) fn keys(&self) -> Result<Vec<Value>, OauthError> {
        match self.0.get("jwks").map(|set| set.get("keys").and_then(Value::as_array)) {
            None => Ok(Vec::new()),
            Some(Some(keys)) => Ok(keys.clone()),
            Some(None) => Err(invalid("jwks is not a key set")),
        }
    }

    /// Those of these members that are there, as they were said.
    pub(super) fn of(&self, names: &[&str]) -> Map<String, Value> {
        let known = self.0.iter().filter(|(name, _)| names.contains(&name.as_str()));
        known.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
