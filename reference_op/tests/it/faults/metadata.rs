use axum::body::Body;
use http::Request;
use reference_op::{Fault, FaultSet};
use serde_json::{Value, json};

use super::symptoms::assert_changed;
use crate::world::*;

async fn document(faults: FaultSet) -> Value {
    let path = "/default/ciba/.well-known/openid-configuration";
    let mut document =
        World::with(settings(), faults).send(Request::get(path).body(Body::empty()).unwrap()).await.ok().body;
    // A member that only a fault adds.
    document.as_object_mut().unwrap().entry("mtls_endpoint_aliases").or_insert(Value::Null);
    document
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_metadata() {
    let modes = "backchannel_token_delivery_modes_supported";
    assert_changed(
        document,
        &[
            (Fault::MetadataUnknownDeliveryMode, json!({modes: ["ping", "poll", "pigeon"]})),
            (
                Fault::MetadataDeadEndpoint,
                json!({"backchannel_authentication_endpoint": "http://op.test/default/ciba/backchannel/nowhere"}),
            ),
            (
                Fault::MetadataSigningAlgNone,
                json!({"backchannel_authentication_request_signing_alg_values_supported":
                    ["ES256", "PS256", "RS256", "EdDSA", "none"]}),
            ),
            (Fault::MetadataUserCodeFlagText, json!({"backchannel_user_code_parameter_supported": "false"})),
            (Fault::MetadataWithoutCibaGrant, json!({"grant_types_supported": ["client_credentials"]})),
            (
                Fault::MetadataWithoutAuthMethods,
                json!({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}),
            ),
            (
                Fault::MetadataPlainHttpAlias,
                json!({"mtls_endpoint_aliases": {
                    "backchannel_authentication_endpoint": "http://op.example/backchannel",
                }}),
            ),
            (Fault::MetadataOtherIdTokenAlg, json!({"id_token_signing_alg_values_supported": ["EdDSA"]})),
            (Fault::MetadataListsPush, json!({modes: ["ping", "poll", "push"]})),
            (Fault::MetadataWithoutPoll, json!({modes: ["ping"]})),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_of_the_dead_one_is_not_served() {
    let world = World::with(settings(), Fault::MetadataDeadEndpoint.into());
    world.form("/backchannel/nowhere", Some(ALICE), "").await.expect(404, "not_found");
}
