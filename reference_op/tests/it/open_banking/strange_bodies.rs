//! Bodies that nobody should send.

use http::Method;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use reference_op::FaultSet;
use serde_json::{Map, Value, json};

use super::bank::*;
use crate::world::*;

#[tokio::test(start_paused = true)]
async fn bodies_are_bounded_typed_and_not_too_deep() {
    let deep = format!("{}{}", r#"{"Data":"#.repeat(5_000), "}".repeat(5_000));
    let large =
        json!({"Risk": {}, "Data": {"Permissions": ["ReadPAN"], "x": "x".repeat(16 * 1024)}}).to_string();
    let good = account_access().to_string();
    let world = uk(FaultSet::NONE);
    let token = world.own_token(ALICE, "accounts").await;
    for (name, media_type, body, status) in [
        ("empty", "application/json", String::new(), 400),
        ("text", "application/json", "hello".into(), 400),
        ("a list", "application/json", "[]".into(), 400),
        ("null", "application/json", "null".into(), 400),
        ("broken off", "application/json", good[..good.len() - 1].into(), 400),
        ("two documents", "application/json", format!("{good}{good}"), 400),
        ("deep", "application/json", deep[..15_000].into(), 400),
        ("deep lists", "application/json", "[".repeat(16_000), 400),
        ("large", "application/json", large, 413),
        ("a form", "application/x-www-form-urlencoded", "Data=x".into(), 415),
        ("text that is JSON", "text/plain", good.clone(), 415),
        ("a JWT", "application/jwt", good.clone(), 415),
        ("nothing said", "", good.clone(), 415),
        ("good", "application/json", good, 201),
    ] {
        let request = request(Method::POST, ACCOUNTS, Some(&token), media_type, Some(body));
        let answer = world.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.body["Errors"].is_array(), status != 201, "{name}: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_that_are_no_text_are_refused() {
    let (uk, brasil) = (uk(FaultSet::NONE), brasil(FaultSet::NONE));
    let token = uk.own_token(ALICE, "accounts").await;
    let mut request = request(Method::POST, ACCOUNTS, Some(&token), "application/json", Some(String::new()));
    *request.body_mut() = vec![0xff, 0xfe, b'{'].into();
    assert_eq!(uk.send(request).await.status, 400);
    let token = brasil.own_token(ALICE, "payments").await;
    for body in ["", ".", "..", "a.b.c", "a.b.c.d.e", "e30.e30.e30"] {
        assert_eq!(brasil.call_jwt(&token, "application/jwt", body.to_owned()).await.status, 400, "{body:?}");
    }
}

/// JSON of any shape, with names that mean something in places where they do.
fn strange() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("Data"),
        Just("data"),
        Just("Risk"),
        Just("Permissions"),
        Just("Initiation"),
        Just("loggedUser"),
        Just("document"),
        Just("payment"),
        Just("ExpirationDateTime"),
        Just("amount"),
        Just("0"),
        Just("")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members: Map<String, Value> =
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                Value::Object(members)
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_shape_of_json_is_a_consent_or_an_error_of_the_server(body in strange()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (uk, brasil) = (uk(FaultSet::NONE), brasil(FaultSet::NONE));
            for (world, path) in [(&uk, ACCOUNTS), (&uk, PAYMENTS), (&brasil, CUSTOMER_DATA)] {
                let answer = world.create(ALICE, path, body.clone()).await;
                assert_eq!(answer.status, 400, "{path} {body}");
            }
            let token = brasil.own_token(ALICE, "payments").await;
            let claims = customer_payment(json!({"data": body}));
            assert_eq!(brasil.call_jwt(&token, "application/jwt", jwt(&claims)).await.status, 400);
        });
    }
}
