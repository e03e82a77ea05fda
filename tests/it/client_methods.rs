//! Every way to authenticate, in both delivery modes, with signed authentication requests and without: each reaches tokens,
//! and each is refused with another secret or another key.

use crate::scene::{Plan, Scene, peopled};
use ciba_bench::ciba::{DeliveryMode, Hint, Outcome, Secret};
use ciba_bench::jose::{GeneratedKey, SigningAlgorithm, SigningKey};
use ciba_bench::relying_party::{AssertionsUsed, AuthenticationRequest};
use ciba_bench::target::Credentials;
use ciba_bench::world::KnownClient;
use reference_op::{ClientAuthMethod, ClientSettings, JwsAlg};

const SECRET: &str = "the secret of this client";
/// Where the world in one thread receives pings.
const CALLBACK: &str = "http://client.localhost/notify-callback";

fn at_the_op(alg: SigningAlgorithm) -> JwsAlg {
    match alg {
        SigningAlgorithm::Es256 => JwsAlg::Es256,
        SigningAlgorithm::Ps256 => JwsAlg::Ps256,
        SigningAlgorithm::Rs256 => JwsAlg::Rs256,
        SigningAlgorithm::EdDsa => JwsAlg::EdDsa,
        SigningAlgorithm::Hs256 => JwsAlg::Hs256,
    }
}

/// A method as the OP has it, and the same with what a stranger would have.
fn methods(key: &SigningKey, stranger: &SigningKey) -> [(ClientAuthMethod, Credentials, Credentials); 4] {
    let (right, wrong) = (Secret::new(SECRET.to_owned()), Secret::new("another secret".to_owned()));
    [
        (
            ClientAuthMethod::ClientSecretBasic,
            Credentials::SecretBasic(right.clone()),
            Credentials::SecretBasic(wrong.clone()),
        ),
        (
            ClientAuthMethod::ClientSecretPost,
            Credentials::SecretPost(right.clone()),
            Credentials::SecretPost(wrong.clone()),
        ),
        (ClientAuthMethod::ClientSecretJwt, Credentials::SecretJwt(right), Credentials::SecretJwt(wrong)),
        (
            ClientAuthMethod::PrivateKeyJwt,
            Credentials::PrivateKeyJwt(key.clone()),
            Credentials::PrivateKeyJwt(stranger.clone()),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_reaches_tokens_and_its_forgery_does_not() {
    let mut tried = 0;
    for (_, alg) in SigningAlgorithm::WORDS {
        let [own, other] = ["own", "own"].map(|id| GeneratedKey::make(alg, id).unwrap());
        let (key, stranger) = (&own.signing_key, &other.signing_key);
        for (method, right, wrong) in methods(key, stranger) {
            for mode in [DeliveryMode::Poll, DeliveryMode::Ping] {
                for signs in [false, true] {
                    let name = format!("{alg} {method:?} {mode} signs: {signs}");
                    let client = match mode {
                        DeliveryMode::Ping => ClientSettings::ping("c", SECRET, CALLBACK),
                        DeliveryMode::Poll | DeliveryMode::Push => ClientSettings::poll("c", SECRET),
                    };
                    let mut settings = peopled();
                    settings.op.workspaces[0].clients = vec![ClientSettings {
                        token_endpoint_auth_method: method,
                        jwks: vec![own.public_jwk.clone()],
                        backchannel_authentication_request_signing_alg: signs.then(|| at_the_op(alg)),
                        ..client
                    }];
                    let (_world, scene) = Scene::in_process(settings).await;
                    let known = |credentials: &Credentials, request_key: &SigningKey| KnownClient {
                        id: "c".to_owned(),
                        credentials: credentials.clone(),
                        request_key: signs.then(|| request_key.clone()),
                        delivery_mode: mode,
                    };
                    let ending = scene.run(&known(&right, key), &Plan::of("alice")).await;
                    assert_eq!((ending.outcome, ending.breaches), (Outcome::Tokens, vec![]), "{name}");
                    let refused =
                        scene.run(&known(&wrong, key), &Plan { number: 2, ..Plan::of("bob") }).await;
                    assert_eq!(refused.outcome, Outcome::Refused, "{name}");
                    if signs {
                        let plan = Plan { number: 3, ..Plan::of("carol") };
                        let refused = scene.run(&known(&right, stranger), &plan).await;
                        assert_eq!(refused.outcome, Outcome::Refused, "{name}");
                    }
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 64);
}

/// The OP remembers each assertion by its `jti` and refuses one that comes twice.
#[tokio::test(start_paused = true)]
async fn an_assertion_that_was_signed_ahead_is_used_once() {
    let own = GeneratedKey::make(SigningAlgorithm::Ps256, "own").unwrap();
    let mut settings = peopled();
    settings.op.workspaces[0].clients = vec![ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        jwks: vec![own.public_jwk.clone()],
        ..ClientSettings::poll("c", SECRET)
    }];
    let (_world, scene) = Scene::in_process(settings).await;
    let known = KnownClient {
        id: "c".to_owned(),
        credentials: Credentials::PrivateKeyJwt(own.signing_key),
        request_key: None,
        delivery_mode: DeliveryMode::Poll,
    };
    let party = scene.party(&known, &Plan::of("alice"));
    assert!(party.sign_ahead() && party.sign_ahead());
    for flow in 1..=3 {
        let request = AuthenticationRequest {
            flow,
            user: "alice",
            hint: &Hint::LoginHint("alice".to_owned()),
            binding_message: None,
            notification_token: None,
            consent: None,
        };
        let answered = party.authenticate(&request).await;
        assert!(answered.result.is_ok(), "{:?}", answered.exchange);
    }
    assert_eq!(party.assertions_used(), AssertionsUsed { ahead: 2, late: 1 });
}
