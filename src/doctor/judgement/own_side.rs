use super::known::{Known, shown};
use crate::doctor::finding::Look;
use crate::doctor::said::Said;
use crate::target::file::{AuthenticationService, ServerUrl};
use std::net::SocketAddr;
use url::Url;

/// What the target file says, without its secrets.
pub(in super::super) fn target_file(known: &Known) -> Look {
    let named = known.target.clients.named();
    let clients: Vec<&str> = named.into_iter().filter_map(|(name, client)| client.map(|_| name)).collect();
    let decided = match &known.target.authentication_service {
        AuthenticationService::None => "somebody else decides for the users",
        AuthenticationService::Embedded(_)
        | AuthenticationService::Keycloak(_)
        | AuthenticationService::ApprovalUrl(_)
            if known.target.manual =>
        {
            "a person decides for the users, on a page of this tool"
        }
        AuthenticationService::Embedded(_) => "this tool decides for the users",
        AuthenticationService::Keycloak(_) => "this tool decides for the users, by Keycloak's channel",
        AuthenticationService::ApprovalUrl(_) => "this tool decides for the users, by an approval URL",
    };
    Look::sound(format!(
        "{}: issuer {}, clients {}; {decided}",
        known.file,
        known.target.issuer,
        clients.join(", ")
    ))
}

/// Whether our authentication service listens and answers ourselves. `said` is what a call without credentials met.
pub(in super::super) fn authentication_service(
    known: &Known,
    local: &Url,
    public: &Url,
    said: &Said,
) -> Look {
    let Some((listen, public_url)) = known.listens() else {
        return Look::not_examined(match known.calls_approval_url() {
            true => "the server does not call it: it is told of decisions by an approval URL",
            false => "it is not ours",
        });
    };
    let about = Own { key: "authentication_service", listen, local, public };
    about.look(known, public_url, said)
}

/// Whether our notification endpoint listens and answers ourselves. `said` is what a call without a token met.
pub(in super::super) fn notification_endpoint(known: &Known, local: &Url, public: &Url, said: &Said) -> Look {
    let listener = &known.target.notification;
    let about = Own { key: "notification", listen: listener.listen, local, public };
    about.look(known, listener.public_url.as_ref(), said)
}

/// Something of ours that the server calls.
struct Own<'a> {
    key: &'static str,
    listen: SocketAddr,
    local: &'a Url,
    public: &'a Url,
}

impl Own<'_> {
    fn look(&self, known: &Known, public_url: Option<&ServerUrl>, said: &Said) -> Look {
        let (local, public) = (shown(self.local), shown(self.public));
        let seen = match local == public {
            true => format!("listens at {local}, which the server has to call"),
            false => format!("listens at {local}; the server has to call {public}"),
        };
        // Whoever calls without credentials is refused, ourselves included.
        if said.status() != Some(401) {
            return Look::failed(
                format!("{seen}; a call of our own met {said}, expected 401"),
                format!("target file: {}.listen; another process may have taken that address", self.key),
            );
        }
        if public_url.is_none() && self.listen.ip().is_unspecified() {
            return Look::doubtful(
                format!(
                    "listens at {} on every address of this machine; which one the server calls is not said",
                    self.listen
                ),
                format!(
                    "target file: {}.public_url, the URL of this machine as the server sees it",
                    self.key
                ),
            );
        }
        if public_url.is_none() && self.listen.ip().is_loopback() && !known.target.issuer.is_loopback() {
            return Look::doubtful(
                format!("{seen}; {} is another machine, and cannot", known.target.issuer.host()),
                format!(
                    "target file: {key}.listen, an address of this machine that the server reaches, and {key}.public_url",
                    key = self.key
                ),
            );
        }
        if self.listen.port() == 0 {
            return Look::doubtful(
                format!("{seen}; the port is another one each time"),
                format!(
                    "target file: {}.listen with a port of its own, which the server's console can name",
                    self.key
                ),
            );
        }
        Look::sound(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, known, known_with, plain};
    use super::*;
    use crate::doctor::finding::State;
    use crate::transport::Failure;

    #[test]
    fn the_target_file_is_summed_up() {
        let nobody = known_with(|target| target.authentication_service = AuthenticationService::None);
        assert_looks([
            (
                target_file(&known()),
                State::Sound,
                "mine.toml: issuer https://op.test/t/w, clients poll, ping; this tool decides",
                "",
            ),
            (target_file(&nobody), State::Sound, "somebody else decides", ""),
        ]);
    }

    #[test]
    fn what_the_server_calls_is_named_and_doubted_where_it_cannot_be_reached() {
        let local: Url = "http://127.0.0.1:4020/ping".parse().unwrap();
        let public: Url = "http://bench.test:4020/ping".parse().unwrap();
        let of = |known: &Known, said: Said| notification_endpoint(known, &local, &public, &said);
        let refused = || plain(401, "");
        let no_url = known_with(|target| target.notification.public_url = None);
        let on = |listen: &str| {
            let listen = listen.parse().unwrap();
            known_with(|target| {
                target.notification.public_url = None;
                target.notification.listen = listen;
            })
        };
        let any_port = known_with(|target| target.notification.listen = "0.0.0.0:0".parse().unwrap());
        assert_looks([
            (of(&known(), refused()), State::Sound, "the server has to call http://bench.test:4020/ping", ""),
            (
                of(&no_url, refused()),
                State::Doubtful,
                "on every address",
                "target file: notification.public_url",
            ),
            (
                of(&on("127.0.0.1:4020"), refused()),
                State::Doubtful,
                "op.test is another machine",
                "notification.listen",
            ),
            (of(&on("10.0.0.9:4020"), refused()), State::Sound, "listens at", ""),
            (of(&any_port, refused()), State::Doubtful, "another one each time", "with a port of its own"),
            (
                of(&known(), Said::Nothing(Failure::Connect("refused".to_owned()))),
                State::Failed,
                "met no connection: refused, expected 401",
                "target file: notification.listen",
            ),
            (
                authentication_service(&known(), &local, &public, &plain(404, "")),
                State::Failed,
                "met 404",
                "target file: authentication_service.listen",
            ),
            (authentication_service(&known(), &local, &public, &refused()), State::Sound, "has to call", ""),
        ]);
    }
}
