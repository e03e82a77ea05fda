use crate::ciba::DeliveryMode;
use crate::conformance::{SurfaceClient, SurfaceClients};
use crate::open_banking::ConsentType;
use crate::open_banking::consent_types::{brasil_payments_v1, uk_account_access};
use crate::target::ClientAuthentication;
use crate::world::KnownClient;

/// What every client of the embedded OP may ask for.
pub const EMBEDDED_SCOPE: &str = "openid profile";

/// What an embedded OP that is judged is like: a bank in the United Kingdom.
pub const EMBEDDED_BANK: &ConsentType = &uk_account_access::TYPE;

/// What it is like for the checks of signed consents: a bank in Brasil.
pub const SIGNING_BANK: &ConsentType = &brasil_payments_v1::TYPE;

/// A client of an embedded OP as checks use it.
pub fn embedded_client(known: &KnownClient) -> SurfaceClient {
    SurfaceClient::new(known.client(), &known.credentials, EMBEDDED_SCOPE.to_owned())
}

/// The clients of an embedded OP as checks use them: those that need no user codes, the one that does, and the one without
/// CIBA. `None` where it has none for poll.
pub fn embedded_clients(
    known: &[KnownClient],
    user_code: Option<&KnownClient>,
    unregistered: Option<&KnownClient>,
) -> Option<SurfaceClients> {
    let client = embedded_client;
    let by_key = |known: &&KnownClient| known.credentials.method() == ClientAuthentication::PrivateKeyJwt;
    let signs = |known: &&KnownClient| known.request_key.is_some();
    let first = |mode| known.iter().find(|client| client.delivery_mode == mode);
    let main = first(DeliveryMode::Poll)?;
    let second = known.iter().find(|c| c.delivery_mode == main.delivery_mode && c.id != main.id);
    Some(SurfaceClients {
        main: client(main),
        ping: first(DeliveryMode::Ping).map(client),
        // The one with a certificate, where there is one, comes last.
        push: known.iter().rfind(|client| client.delivery_mode == DeliveryMode::Push).map(client),
        second: second.map(client),
        user_code: user_code.map(|known| SurfaceClient { user_code: true, ..client(known) }),
        unregistered: unregistered.map(client),
        assertion: known.iter().find(by_key).map(client),
        signed: known.iter().find(signs).map(client),
        certificate: known.iter().find(|known| known.credentials.method().is_by_certificate()).map(client),
    })
}
