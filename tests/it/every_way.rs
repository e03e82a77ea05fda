//! Every hint, delivery mode and client authentication, with signed authentication requests and without, over TLS: each
//! reaches tokens, and its forgery is refused by the right code. A library that made none of the JWTs on the wire verifies
//! them all.

mod overheard;

use crate::scene::{Ears, Plan, Scene};
use ciba_bench::ciba::{DeliveryMode, Outcome, Secret};
use ciba_bench::clock::Clock;
use ciba_bench::jose::{GeneratedKey, SigningAlgorithm};
use ciba_bench::relying_party::{HintSource, RequestParameters};
use ciba_bench::target::{Credentials, HintTokens};
use ciba_bench::tls::{Acceptor, Identity, Issued, Roots, TestAuthority};
use ciba_bench::transport::{Http, HttpSettings, ServerTls, Transport};
use ciba_bench::world::{Embedded, EmbeddedSettings, KnownClient};
use futures_util::future::join_all;
use overheard::Overheard;
use reference_op::{ClientAuthMethod, ClientSettings, HintIssuerSettings, JwsAlg};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The secret of all clients; also what signs their HS256 assertions.
const SECRET: &str = "what every client of this world knows";
/// Who makes login hint tokens.
const HINT_ISSUER: &str = "https://hints.localhost";
const METHODS: [ClientAuthMethod; 6] = [
    ClientAuthMethod::ClientSecretBasic,
    ClientAuthMethod::ClientSecretPost,
    ClientAuthMethod::ClientSecretJwt,
    ClientAuthMethod::PrivateKeyJwt,
    ClientAuthMethod::TlsClientAuth,
    ClientAuthMethod::SelfSignedTlsClientAuth,
];
const MODES: [DeliveryMode; 3] = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push];
/// Connections of the client side.
const CONNECTIONS_MAX: usize = 64;

/// How requests name their users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Login,
    LoginToken,
    IdToken,
}

/// One client of the world, as itself and as others would pretend to be it.
struct Way {
    settings: ClientSettings,
    known: KnownClient,
    /// With another secret or another key to authenticate by.
    impostor: KnownClient,
    /// With another key to sign requests by.
    forger: Option<KnownClient>,
}

/// Clients for every way, with keys of all four algorithms in turn, and a public key of each.
fn ways(authority: &TestAuthority) -> (Vec<Way>, Vec<serde_json::Value>) {
    let algorithms = [
        (SigningAlgorithm::Es256, JwsAlg::Es256),
        (SigningAlgorithm::Ps256, JwsAlg::Ps256),
        (SigningAlgorithm::Rs256, JwsAlg::Rs256),
        (SigningAlgorithm::EdDsa, JwsAlg::EdDsa),
    ];
    let keys = algorithms.map(|(algorithm, at_the_op)| {
        let [own, other] = ["own", "other"].map(|whose| {
            let kid = format!("{whose}-{algorithm}");
            GeneratedKey::make(algorithm, &kid).unwrap()
        });
        (at_the_op, own, other)
    });
    let mut ways: Vec<Way> = Vec::new();
    for mode in MODES {
        for method in METHODS {
            for signs in [false, true] {
                let (alg, own, other) = &keys[ways.len() / 2 % keys.len()];
                let id = format!("{mode}-{method:?}-{signs}");
                let by_itself = method == ClientAuthMethod::SelfSignedTlsClientAuth;
                let [certificate, another] = match by_itself {
                    true => [self_signed(&id), self_signed(&id)],
                    false => [&id, "somebody-else"].map(|name| authority.client(name).unwrap()),
                };
                let registered = by_itself.then(|| certificate.jwk().unwrap());
                let [certificate, another] = [certificate, another].map(|c| Arc::new(c.identity().unwrap()));
                let settings = ClientSettings {
                    token_delivery_mode: Some(match mode {
                        DeliveryMode::Ping => reference_op::DeliveryMode::Ping,
                        DeliveryMode::Poll => reference_op::DeliveryMode::Poll,
                        DeliveryMode::Push => reference_op::DeliveryMode::Push,
                    }),
                    token_endpoint_auth_method: method,
                    tls_client_auth_san_dns: (method == ClientAuthMethod::TlsClientAuth).then(|| id.clone()),
                    jwks: registered.into_iter().chain([own.public_jwk.clone()]).collect(),
                    backchannel_authentication_request_signing_alg: signs.then_some(*alg),
                    ..ClientSettings::poll(&id, SECRET)
                };
                let by = |secret: &str, key: &GeneratedKey, certificate: &Arc<Identity>| {
                    let secret = Secret::new(secret.to_owned());
                    match method {
                        ClientAuthMethod::ClientSecretBasic => Credentials::SecretBasic(secret),
                        ClientAuthMethod::ClientSecretPost => Credentials::SecretPost(secret),
                        ClientAuthMethod::ClientSecretJwt => Credentials::SecretJwt(secret),
                        ClientAuthMethod::PrivateKeyJwt => {
                            Credentials::PrivateKeyJwt(key.signing_key.clone())
                        }
                        ClientAuthMethod::TlsClientAuth => Credentials::Tls(certificate.clone()),
                        ClientAuthMethod::SelfSignedTlsClientAuth => {
                            Credentials::SelfSignedTls(certificate.clone())
                        }
                    }
                };
                let client = |credentials: Credentials, key: &GeneratedKey| KnownClient {
                    id: id.clone(),
                    credentials,
                    request_key: signs.then(|| key.signing_key.clone()),
                    delivery_mode: mode,
                };
                ways.push(Way {
                    settings,
                    known: client(by(SECRET, own, &certificate), own),
                    impostor: client(by("what somebody else knows", other, &another), own),
                    forger: signs.then(|| client(by(SECRET, own, &certificate), other)),
                });
            }
        }
    }
    (ways, keys.into_iter().map(|(_, own, _)| own.public_jwk).collect())
}

fn self_signed(name: &str) -> Issued {
    TestAuthority::self_signed(name, now()).unwrap()
}

fn now() -> Duration {
    let clock = Clock::system();
    clock.wall(clock.now())
}

/// The client side of the world: as it is, and with one parameter changed on the way.
struct Sides {
    honest: Scene,
    tampering: Vec<(&'static str, Scene)>,
    numbers: AtomicU64,
    /// What makes hint tokens for the world, and what somebody else would make.
    tokens: [HintTokens; 2],
}

impl Sides {
    fn tampering(&self, parameter: &str) -> &Scene {
        &self.tampering.iter().find(|(name, _)| *name == parameter).unwrap().1
    }

    async fn run(&self, scene: &Scene, client: &KnownClient, hint: &HintSource) -> Outcome {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let parameters = RequestParameters { hint: hint.clone(), ..RequestParameters::default() };
        let ending = scene.run(client, &Plan { number, parameters, ..Plan::of("größe + <b>") }).await;
        assert_eq!(ending.breaches, [], "{} {hint:?}", client.id);
        ending.outcome
    }

    /// The way's flow, and all of its forgeries.
    async fn walk(&self, way: &Way, hint: Hint) {
        let name = format!("{} {hint:?}", way.known.id);
        let [ours, theirs] = self.tokens.clone().map(HintSource::LoginHintToken);
        let source = match hint {
            Hint::Login => HintSource::LoginHint,
            Hint::LoginToken => ours,
            Hint::IdToken => {
                let source = HintSource::IdTokenHint(Arc::default());
                // The first one goes by the name, since there is no ID token yet.
                assert_eq!(self.run(&self.honest, &way.known, &source).await, Outcome::Tokens, "{name}");
                source
            }
        };
        assert_eq!(self.run(&self.honest, &way.known, &source).await, Outcome::Tokens, "{name}");
        assert_eq!(self.run(&self.honest, &way.impostor, &source).await, Outcome::Refused, "{name}");
        let sealed_hint = match &way.forger {
            Some(forger) => {
                assert_eq!(self.run(&self.honest, forger, &source).await, Outcome::Refused, "{name}");
                "request"
            }
            None => match hint {
                Hint::Login => return,
                Hint::LoginToken => "login_hint_token",
                Hint::IdToken => "id_token_hint",
            },
        };
        let tampered = self.run(self.tampering(sealed_hint), &way.known, &source).await;
        assert_eq!(tampered, Outcome::Refused, "{name}: a changed {sealed_hint}");
        if hint == Hint::LoginToken {
            let foreign = self.run(&self.honest, &way.known, &theirs).await;
            assert_eq!(foreign, Outcome::Refused, "{name}: a token of a stranger");
        }
    }
}

#[tokio::test]
async fn each_reaches_tokens_and_its_forgery_is_refused() {
    let authority = TestAuthority::make(now()).unwrap();
    let (ways, public_keys) = ways(&authority);
    let (ears, clock) = (Ears::new(), Clock::system());
    let own = authority.server(&["127.0.0.1".to_owned()]).unwrap().identity().unwrap();
    let roots = Some(Roots::read(authority.certificate()).unwrap());
    let trust = ServerTls { roots, ..ServerTls::default() };
    let op_tls = Some((Acceptor::new(&own).unwrap(), trust.clone()));
    let mut settings = EmbeddedSettings { op_tls, ..EmbeddedSettings::default() };
    settings.world = settings.world.offering_push();
    let workspace = &mut settings.world.op.workspaces[0];
    workspace.interval = 1;
    let (ours, our_key) = HintTokens::generated(HINT_ISSUER, "").unwrap();
    let jwk = our_key.public_jwk.clone();
    workspace.login_hint_token_issuers = vec![HintIssuerSettings { issuer: HINT_ISSUER.to_owned(), jwk }];
    workspace.clients = ways.iter().map(|way| way.settings.clone()).collect();
    workspace.client_certificate_authorities = vec![authority.certificate().to_owned()];
    let connections = HttpSettings { connections_max: CONNECTIONS_MAX };
    let http: Arc<dyn Transport> = Arc::new(Http::over_tls(connections, trust, clock).unwrap());
    let overheard = Arc::new(Overheard::listening(http.clone()));
    let sink = Arc::new(overheard.pushes(ears.inbox.clone()));
    let world = Embedded::start(settings, clock, ears.traces.clone(), sink).unwrap();
    let receiver = world.receiver().clone();
    let mut tampering = Vec::new();
    for parameter in ["request", "login_hint_token", "id_token_hint"] {
        let transport = Arc::new(Overheard::tampering(http.clone(), parameter));
        let scene = Scene::open(Ears::new(), transport, receiver.clone(), world.issuer(), clock).await;
        tampering.push((parameter, scene));
    }
    let honest = Scene::open(ears, overheard.clone(), receiver, world.issuer(), clock).await;
    let ours = HintTokens { audience: world.issuer().to_string(), ..ours };
    let (theirs, _) = HintTokens::generated(&ours.issuer, &ours.audience).unwrap();
    let sides = Sides { honest, tampering, numbers: AtomicU64::new(1), tokens: [ours, theirs] };

    let hints = [Hint::Login, Hint::LoginToken, Hint::IdToken];
    let walks = ways.iter().flat_map(|way| hints.map(|hint| sides.walk(way, hint)));
    let walked = join_all(walks).await.len() as u64;
    let each = ways.len() as u64;
    assert_eq!(walked, each * 3);
    let (honest, tampered) = (&sides.honest, |name| sides.tampering(name));
    let refused = |scene: &Scene, code| scene.count("backchannel_authentication", code);
    // A flow of each way, and a first one wherever ID tokens are the hints.
    // A third of them push, and ask nothing of the token endpoint.
    assert_eq!(honest.count("token", "tokens"), (walked + each) / 3 * 2);
    assert_eq!(refused(honest, "invalid_client"), walked);
    // Requests that somebody else signed, and hints that somebody else made.
    assert_eq!(refused(honest, "invalid_request"), walked / 2 + each);
    assert_eq!(refused(tampered("request"), "invalid_request"), walked / 2);
    assert_eq!(refused(tampered("login_hint_token"), "invalid_request"), each / 2);
    assert_eq!(refused(tampered("id_token_hint"), "invalid_request"), each / 2);
    world.close().await;

    let public_keys: Vec<_> = public_keys.into_iter().chain([our_key.public_jwk]).collect();
    let verified = overheard.verify_all(&public_keys, SECRET);
    let of = |parameter: &str| verified.get(parameter).copied().unwrap_or_default();
    assert_eq!(of("id_token"), walked + each);
    assert!(of("request") >= walked / 2, "{verified:?}");
    assert!(of("login_hint_token") >= each / 2 && of("id_token_hint") >= each / 2, "{verified:?}");
    // Two of six methods.
    assert!(of("client_assertion") >= walked / 3, "{verified:?}");
}
