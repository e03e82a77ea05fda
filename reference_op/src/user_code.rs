//! User codes: what users agreed on with the provider, so that nobody else can have them asked (CIBA Core 1.0, 7.1.2).

use std::collections::HashMap;

use crate::client::Client;
use crate::error::OauthError;
use crate::fault::Fault;
use crate::form::Form;
use crate::secret::Secret;
use crate::settings::WorkspaceSettings;
use crate::workspace::Workspace;

/// The codes of a workspace's users.
#[derive(Debug)]
pub(crate) struct UserCodes {
    /// Of everybody who has none of their own.
    shared: Option<Secret>,
    /// By user.
    own: HashMap<String, Secret>,
}

impl UserCodes {
    pub(crate) fn new(settings: &WorkspaceSettings) -> Self {
        let own = settings.user_codes.iter().map(|(user, code)| (user.clone(), code.clone()));
        Self { shared: settings.user_code.clone(), own: own.collect() }
    }

    /// The user's code; users without one are spared.
    fn of(&self, user: &str) -> Option<&Secret> {
        self.own.get(user).or(self.shared.as_ref())
    }

    fn is_anybodys(&self, code: &str) -> bool {
        self.own.values().chain(&self.shared).any(|known| known.matches(code))
    }
}

/// Whether the request has the code of its user, where the workspace and the client's registration both ask for one (4).
pub(crate) fn check(
    form: &Form,
    client: &Client,
    workspace: &Workspace,
    user: &str,
) -> Result<(), OauthError> {
    let faults = workspace.faults;
    let Some(codes) = &workspace.user_codes else { return Ok(()) };
    let given = form.get("user_code");
    let demanded = client.user_code || (given.is_some() && faults.has(Fault::UnregisteredUserCodeChecked));
    let Some(code) = codes.of(user).filter(|_| demanded && !faults.has(Fault::UserCodeUnchecked)) else {
        return Ok(());
    };
    let Some(given) = given else {
        return Err(match faults.has(Fault::MissingUserCodeUnnamed) {
            false => OauthError::new("missing_user_code", "user_code is missing"),
            true => OauthError::invalid_request("user_code is missing"),
        });
    };
    let is_right = match faults.has(Fault::UserCodeMisread) {
        false => code.matches(given),
        true => Secret::new(user).matches(given),
    };
    if is_right || (faults.has(Fault::UserCodeOfAnybody) && codes.is_anybodys(given)) {
        return Ok(());
    }
    Err(match faults.has(Fault::InvalidUserCodeUnnamed) {
        false => OauthError::new("invalid_user_code", "user_code is not the user's"),
        true => OauthError::invalid_request("user_code is not the user's"),
    })
}
