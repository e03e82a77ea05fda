use super::ClientRecipe;
use std::fmt;

/// Something that a client does at the registration endpoint, or at its configuration endpoint.
#[derive(Debug, Clone, Copy)]
pub enum RegistrationStep {
    /// It registers. Refused or not, the answer is the last one; a client that is registered is deleted when the check is
    /// over.
    Register(ClientRecipe),
    /// The client that was registered last asks to be changed to this.
    Update(ClientRecipe),
}

impl fmt::Display for RegistrationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegistrationStep::Register(recipe) => write!(f, "registration of {recipe}"),
            RegistrationStep::Update(recipe) => write!(f, "change of the registration to {recipe}"),
        }
    }
}
