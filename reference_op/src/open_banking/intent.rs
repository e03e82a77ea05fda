use std::sync::Arc;

use super::consent::Consent;
use super::kind::APIS;
use crate::client::Client;
use crate::error::OauthError;
use crate::fault::Fault;
use crate::form::Form;
use crate::settings::OpenBankingProfile;
use crate::workspace::Workspace;

/// The parameter of Open Banking UK.
const PARAMETER: &str = "openbanking_intent_id";
/// How the dynamic scope of Open Banking Brasil begins; the consent's identifier follows.
const SCOPE_PREFIX: &str = "consent:";

/// The consent that an authentication request is about.
pub(crate) struct Intent {
    pub(crate) id: String,
    /// Absent under a fault only.
    pub(crate) consent: Option<Arc<Consent>>,
}

/// What an authentication request says about a consent: in the United Kingdom by a parameter, in Brasil by a scope. A request
/// without one is like any other, unless it asks for what needs a consent. `now` is in seconds since 1970.
pub(crate) fn intent(
    form: &Form,
    scopes: &[String],
    client: &Client,
    workspace: &Workspace,
    now: u64,
) -> Result<Option<Intent>, OauthError> {
    let (Some(open_banking), faults) = (&workspace.open_banking, workspace.faults) else {
        return Ok(None);
    };
    let refused = |reason: &'static str| match open_banking.profile {
        OpenBankingProfile::Uk => OauthError::invalid_request(reason),
        OpenBankingProfile::Brasil => OauthError::invalid_scope(reason),
    };
    let kinds = APIS.into_iter().map(|api| api.kind).filter(|kind| kind.profile() == open_banking.profile);
    let asked: Vec<_> = kinds.filter(|kind| scopes.iter().any(|scope| scope == kind.scope())).collect();
    let mut named = match open_banking.profile {
        OpenBankingProfile::Uk => form.get(PARAMETER).into_iter().collect(),
        OpenBankingProfile::Brasil => {
            scopes.iter().filter_map(|scope| scope.strip_prefix(SCOPE_PREFIX)).collect::<Vec<_>>()
        }
    };
    let Some(id) = named.pop() else {
        return match asked.is_empty() || faults.has(Fault::IntentOptional) {
            true => Ok(None),
            false => Err(refused("a scope needs a consent, and the request names none")),
        };
    };
    if !named.is_empty() {
        return Err(refused("the request names more than one consent"));
    }
    let Some(consent) = open_banking.find(id, now) else {
        return match faults.has(Fault::UnknownIntentAccepted) {
            true => Ok(Some(Intent { id: id.to_owned(), consent: None })),
            false => Err(unknown(refused)),
        };
    };
    if consent.client_id != client.id && !faults.has(Fault::ForeignIntentAccepted) {
        // In the same words, so that nobody learns which consents there are.
        return Err(unknown(refused));
    }
    if !consent.status().can_be_authorised(faults) {
        return Err(refused("the consent was decided or deleted before"));
    }
    match asked.iter().all(|kind| kind.scope() == consent.kind.scope()) {
        true => Ok(Some(Intent { id: id.to_owned(), consent: Some(consent) })),
        false => Err(refused("a scope does not belong to the consent")),
    }
}

fn unknown(refused: impl Fn(&'static str) -> OauthError) -> OauthError {
    refused("the client has no such consent")
}

/// Whether a scope names a consent: every client may ask for such a scope, since it holds an identifier.
pub(crate) fn names_a_consent(scope: &str, workspace: &Workspace) -> bool {
    let is_brasil = |held: &super::OpenBanking| held.profile == OpenBankingProfile::Brasil;
    workspace.open_banking.as_ref().is_some_and(is_brasil) && scope.starts_with(SCOPE_PREFIX)
}
