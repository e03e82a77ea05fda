use crate::world::{Kept, Scene};
use ciba_bench::ciba::{AuthReqId, DeliveryMode};
use ciba_bench::clock::Clock;
use ciba_bench::jose::{Expected, GeneratedKey, KeySet, SigningAlgorithm, SigningKey, judge};
use ciba_bench::record::Answered;
use ciba_bench::transport::{Answer, Call, Exchanged, Timeline, Transport};
use criterion::Criterion;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;

/// What the client does for an answer, without the network.
pub fn measure(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (scene, kept) = runtime.block_on(async {
        let scene = Scene::open().await;
        let kept = scene.keep_tokens().await;
        (scene, kept)
    });

    let party = scene.party(DeliveryMode::Poll, Arc::new(AlwaysPending { clock: scene.clock() }));
    let id = AuthReqId::opaque("Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4");
    criterion.bench_function("make a token request, read its pending answer", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let answered = party.request_tokens(7, 3, black_box(&id), "user-7", 0.0).await;
            assert_eq!(answered.answered, Answered::AuthorizationPending);
        });
    });

    let Kept { id_token, access_token, auth_req_id, client_id, issuer, keys, now } = kept;
    let keys = KeySet::parse(&keys).unwrap();
    let expected = Expected {
        issuer: &issuer,
        client_id: &client_id,
        access_token: Some(&access_token),
        refresh_token: None,
        auth_req_id: &auth_req_id,
        hashes_required: false,
    };
    for algorithm in
        [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ps256, SigningAlgorithm::Hs256]
    {
        let key = match algorithm {
            SigningAlgorithm::Hs256 => SigningKey::of_secret("a secret that both sides know"),
            asymmetric @ (SigningAlgorithm::Es256
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Rs256
            | SigningAlgorithm::EdDsa) => GeneratedKey::make(asymmetric, "key").unwrap().signing_key,
        };
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": issuer, "iat": 1, "exp": 61, "jti": "0123456789abcdef012345",
        });
        criterion.bench_function(&format!("sign a client assertion ({algorithm})"), |bencher| {
            bencher.iter(|| key.sign(black_box(&claims)).unwrap());
        });
    }

    let mut breaches = Vec::new();
    criterion.bench_function("judge an ID token (ES256)", |bencher| {
        bencher.iter(|| {
            let judged = judge(black_box(&id_token), &keys, &expected, now, &mut breaches);
            assert!(judged.signature_verified && breaches.is_empty());
        });
    });
}

/// Answers every call at once with `authorization_pending`.
struct AlwaysPending {
    clock: Clock,
}

impl Transport for AlwaysPending {
    fn exchange(&self, _: Call) -> BoxFuture<'static, Exchanged> {
        let timeline = Timeline::at(self.clock.now());
        let body = r#"{"error":"authorization_pending","error_description":"The user has not decided yet."}"#;
        let answer = Answer { status: 400, headers: HeaderMap::new(), body: body.into() };
        async move { Exchanged { result: Ok(answer), timeline } }.boxed()
    }
}
