use super::known::{registration, unanswered};
use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode, ErrorCode};
use crate::doctor::finding::Look;
use crate::doctor::said::Said;
use crate::target::file::ClientEntry;
use url::Url;

/// What a client of the target file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Role {
    /// `clients.poll`, `clients.ping` or `clients.push`.
    Flows(DeliveryMode),
    /// `clients.second`, which is registered for this mode.
    Second(DeliveryMode),
    /// `clients.unregistered`.
    Unregistered,
}

impl Role {
    fn key(self) -> String {
        match self {
            Role::Flows(mode) => format!("clients.{}", mode.name()),
            Role::Second(_) => "clients.second".to_owned(),
            Role::Unregistered => "clients.unregistered".to_owned(),
        }
    }
}

/// Whether a client can authenticate, by the answer to a token request with an `auth_req_id` that nobody has (CIBA Core
/// 1.0, 11; RFC 6749, 5.2). Real servers disagree about the code for a client without the grant. `methods` is
/// `token_endpoint_auth_methods_supported`.
pub(in super::super) fn client(
    role: Role,
    entry: &ClientEntry,
    methods: &[String],
    url: &Url,
    said: &Said,
) -> Look {
    use ErrorCode as C;
    let id = &entry.client_id;
    if let Said::Nothing(failure) = said {
        return Look::failed(format!("{id:?}: {failure}"), unanswered(url, failure));
    }
    let told = |what: &str| {
        let by = entry.proof.method().name();
        format!("{id:?} {what} by {by}: a made-up auth_req_id met {said}")
    };
    match (said.status().unwrap_or_default(), said.code()) {
        (429 | 503, _) => Look::doubtful(
            told("was turned away"),
            "server's console: the server turns this client away already; wait, or have its limits lifted",
        ),
        (401, _) | (400..500, Some(C::InvalidClient)) => {
            refused(role, entry, methods, told("cannot authenticate"))
        }
        (400..500, Some(C::UnauthorizedClient | C::UnsupportedGrantType)) if role == Role::Unregistered => {
            Look::sound(format!("{}: it may not use the CIBA grant", told("authenticates")))
        }
        (400..500, Some(C::UnauthorizedClient)) if role == Role::Flows(DeliveryMode::Push) => {
            Look::sound(format!("{}: a push client may not ask for its tokens", told("authenticates")))
        }
        (400..500, Some(C::UnauthorizedClient)) => Look::failed(
            format!("{}: it may not use the CIBA grant", told("authenticates")),
            allowed(role, entry),
        ),
        (400..500, Some(C::UnsupportedGrantType)) => Look::failed(
            format!("{}: the server does not offer the CIBA grant", told("authenticates")),
            format!(
                "server's console: allow the grant {CIBA_GRANT_TYPE} for this workspace; {}",
                allowed(role, entry)
            ),
        ),
        // Some servers say so to a client without the grant, too.
        (400..500, Some(C::InvalidGrant | C::ExpiredToken | C::AccessDenied)) => {
            Look::sound(told("authenticates"))
        }
        (400..500, Some(C::AuthorizationPending | C::SlowDown)) => Look::doubtful(
            format!("{}: a request is said to be pending that does not exist", told("authenticates")),
            "ciba-bench conformance --only 'ciba/11/*' shows more; flows can be run all the same",
        ),
        (400..500, Some(_)) if role == Role::Unregistered => Look::sound(told("is refused")),
        (400..500, Some(_)) => Look::doubtful(
            format!("{}, as some servers answer a client without the CIBA grant", told("may authenticate")),
            allowed(role, entry),
        ),
        (200, _) => Look::doubtful(
            format!("{}, which should have been refused", told("may authenticate")),
            "ciba-bench conformance --only 'ciba/11/*' shows more",
        ),
        (500.., _) => Look::doubtful(
            format!("{}, which does not tell whether it is known", told("may authenticate")),
            "server's log: why it fails at a made-up auth_req_id",
        ),
        (_, _) => Look::failed(
            format!("{}, which is no answer of a token endpoint", told("cannot authenticate")),
            "server's console: token_endpoint in the metadata; something in front of the server may answer instead of it",
        ),
    }
}

fn refused(role: Role, entry: &ClientEntry, methods: &[String], told: String) -> Look {
    let key = role.key();
    let listed = match methods.is_empty() {
        // OpenID Connect Discovery 1.0, 3: what holds where the member is left out.
        true => "the metadata list none, which means client_secret_basic".to_owned(),
        false => format!("the metadata list {}", methods.join(", ")),
    };
    Look::failed(
        format!("{told}: wrong id, secret or method"),
        format!(
            "target file: {key}.client_id, client_secret (or private_key) and authentication, as the server's console has them for {:?}; \
             methods: the file says {}, {listed}",
            entry.client_id,
            entry.proof.method().name()
        ),
    )
}

/// What a client of this role has to be allowed.
fn allowed(role: Role, entry: &ClientEntry) -> String {
    match role {
        Role::Flows(mode) | Role::Second(mode) => registration(entry, mode),
        Role::Unregistered => format!("server's console: client {:?}", entry.client_id),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, known, plain, secret};
    use super::*;
    use crate::doctor::finding::State;
    use crate::target::file::ClientProof;
    use crate::transport::Failure;

    fn look(role: Role, said: Said) -> Look {
        let target = known().target;
        let entry = ClientEntry { proof: ClientProof::SecretPost(secret()), ..target.clients.poll.unwrap() };
        let url = "https://op.test/token".parse().unwrap();
        client(role, &entry, &["client_secret_basic".to_owned()], &url, &said)
    }

    #[test]
    fn a_refusal_tells_whether_the_client_is_known() {
        let flows = Role::Flows(DeliveryMode::Ping);
        let wrong = "target file: clients.ping.client_id, client_secret (or private_key) and authentication";
        let methods = "methods: the file says client_secret_post, the metadata list client_secret_basic";
        let register =
            "client \"poll-client\", grant type urn:openid:params:grant-type:ciba, token delivery mode ping";
        assert_looks([
            (
                look(flows, error(400, "invalid_grant")),
                State::Sound,
                "\"poll-client\" authenticates by client_secret_post: a made-up",
                "",
            ),
            (look(flows, error(400, "expired_token")), State::Sound, "authenticates by", ""),
            (look(flows, error(401, "invalid_client")), State::Failed, "wrong id, secret or method", wrong),
            (look(flows, error(400, "invalid_client")), State::Failed, "wrong id", methods),
            (look(flows, plain(401, "")), State::Failed, "wrong id", wrong),
            (
                look(flows, error(400, "unauthorized_client")),
                State::Failed,
                "may not use the CIBA grant",
                register,
            ),
            (
                look(flows, error(400, "unsupported_grant_type")),
                State::Failed,
                "does not offer",
                "this workspace",
            ),
            (look(flows, error(400, "invalid_request")), State::Doubtful, "as some servers", register),
            (
                look(flows, error(400, "authorization_pending")),
                State::Doubtful,
                "does not exist",
                "conformance",
            ),
            (look(flows, plain(200, "")), State::Doubtful, "should have been refused", "conformance"),
            (look(flows, plain(503, "")), State::Doubtful, "503", "limits"),
            (look(flows, error(500, "server_error")), State::Doubtful, "does not tell", "server's log"),
            (
                look(flows, plain(404, "<html>")),
                State::Failed,
                "no answer of a token endpoint",
                "token_endpoint",
            ),
            (
                look(flows, Said::Nothing(Failure::Connect("refused".to_owned()))),
                State::Failed,
                "no connection: refused",
                "network: no connection to op.test:443",
            ),
        ]);
    }

    #[test]
    fn a_client_without_the_grant_may_be_refused_in_any_words_but_those_for_strangers() {
        let role = Role::Unregistered;
        assert_looks([
            (look(role, error(400, "unauthorized_client")), State::Sound, "may not use the CIBA grant", ""),
            (look(role, error(400, "invalid_request")), State::Sound, "400 invalid_request", ""),
            (look(role, error(400, "invalid_grant")), State::Sound, "authenticates by", ""),
            (
                look(role, error(401, "invalid_client")),
                State::Failed,
                "wrong id, secret or method",
                "target file: clients.unregistered.client_id",
            ),
            (
                look(Role::Second(DeliveryMode::Poll), plain(401, "")),
                State::Failed,
                "wrong",
                "clients.second",
            ),
        ]);
    }
}
