use crate::ciba::DeliveryMode;
use crate::conformance::{SurfaceClient, SurfaceClients};
use crate::world::KnownClient;

/// What every client of the embedded OP may ask for.
pub const EMBEDDED_SCOPE: &str = "openid profile";

/// The clients of an embedded OP as checks use them; `None` where it has none for poll.
pub fn embedded_clients(known: &[KnownClient], unregistered: Option<&KnownClient>) -> Option<SurfaceClients> {
    let client = |known: &KnownClient| {
        let (mode, by) = (known.delivery_mode, known.authentication);
        SurfaceClient::new(&known.id, &known.secret, mode, by, EMBEDDED_SCOPE.to_owned())
    };
    let first = |mode| known.iter().find(|client| client.delivery_mode == mode);
    let main = first(DeliveryMode::Poll)?;
    let second = known.iter().find(|c| c.delivery_mode == main.delivery_mode && c.id != main.id);
    Some(SurfaceClients {
        main: client(main),
        ping: first(DeliveryMode::Ping).map(client),
        second: second.map(client),
        unregistered: unregistered.map(client),
    })
}
