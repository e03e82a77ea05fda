//! Pairwise subjects of clients that poll, are pinged, or are pushed (CIBA Core 1.0, 4; OpenID Connect Core 1.0, 8.1).

use super::address;
use super::document;
use super::member::{Asked, invalid};
use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::outgoing::Outgoing;
use crate::settings::{ClientAuthMethod, ClientSettings, DeliveryMode};

/// The sector of the client's subjects; `None` for a client with public ones.
pub(super) async fn sector(
    asked: &Asked,
    settings: &ClientSettings,
    outgoing: &Outgoing,
    faults: FaultSet,
) -> Result<Option<String>, OauthError> {
    let document = asked.text("sector_identifier_uri")?;
    match asked.text("subject_type")?.as_deref() {
        None | Some("public") => return Ok(None),
        Some("pairwise") => {}
        Some(_) => return Err(invalid("subject_type is neither public nor pairwise")),
    }
    let keys = asked.text("jwks_uri")?;
    let pushed = settings.token_delivery_mode == Some(DeliveryMode::Push);
    // By what the client is known to be one with its sector.
    let anchor = if pushed { settings.client_notification_endpoint.clone() } else { keys };
    let Some(anchor) = anchor else {
        return match document.is_none() && faults.has(Fault::PairwiseWithoutSector) {
            true => Ok(Some(settings.client_id.clone())),
            false => Err(invalid("pairwise subjects of a client that polls or is pinged need its jwks_uri")),
        };
    };
    if !pushed && !proves_its_keys(settings) && !faults.has(Fault::PairwiseUnproven) {
        return Err(invalid("pairwise subjects need a client that proves to hold a key of its jwks_uri"));
    }
    let Some(document) = document else { return Ok(address::host(&anchor)) };
    address::look(&document).map_err(|_| invalid("sector_identifier_uri is no HTTPS URL of a client's"))?;
    let listed = document::sector(outgoing, &document).await;
    let listed = listed.ok_or_else(|| invalid("sector_identifier_uri leads to no list of URLs"))?;
    let overlooked = match pushed {
        true => faults.has(Fault::SectorWithoutEndpoint),
        false => faults.has(Fault::SectorWithoutKeys),
    };
    let redirects = asked.texts("redirect_uris")?.unwrap_or_default();
    let is_listed = |url: &String| listed.contains(url);
    if !(is_listed(&anchor) || overlooked) || !redirects.iter().all(is_listed) {
        return Err(invalid("the sector identifier document does not list what the client registers"));
    }
    Ok(address::host(&document))
}

/// The sector that a client's subjects are made for.
pub(crate) fn sector_of_subject(client: &Client, faults: FaultSet) -> Option<&str> {
    let sector = client.sector.as_deref().filter(|_| !faults.has(Fault::PairwiseIgnored))?;
    Some(if faults.has(Fault::PairwisePerClient) { &client.id } else { sector })
}

/// Whether each of its requests shows that the client holds a key of its own.
fn proves_its_keys(settings: &ClientSettings) -> bool {
    let signs = settings.backchannel_authentication_request_signing_alg.is_some();
    match settings.token_endpoint_auth_method {
        ClientAuthMethod::PrivateKeyJwt | ClientAuthMethod::SelfSignedTlsClientAuth => true,
        ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::TlsClientAuth => signs,
    }
}
