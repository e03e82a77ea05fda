use axum::body::Body;
use http::{Method, Request};
use reference_op::{AuthenticationServiceSettings, ClientSettings, FaultSet, OpenBankingProfile, Settings};
use serde_json::Value;

use super::bank::*;
use crate::world::*;

const PAGE: &str = "/default/ciba/cibasimulator";

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[tokio::test(start_paused = true)]
async fn the_page_shows_what_is_paid_and_decides_the_consent() {
    for (action, status) in [("allow", "Authorised"), ("deny", "Rejected")] {
        let mut workspace = workspace(OpenBankingProfile::Uk);
        workspace.authentication_service = Some(AuthenticationServiceSettings::Simulator);
        workspace.clients.retain(|client: &ClientSettings| client.client_id == ALICE.0);
        let world = World::with(Settings::new(vec![workspace]), FaultSet::NONE);
        let consent = world.payment_consent(ALICE).await;
        world.ask(ALICE, "payments", &consent).await.ok();
        let opened = world.raw(Request::get(PAGE).body(Body::empty()).unwrap()).await;
        let cookie = opened.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let seal = between(&opened.text, r#"name="seal" value=""#, "\"").to_owned();
        let submit = |path: String, fields: String| {
            let body = format!("seal={seal}&{fields}");
            let request = Request::post(path).header("cookie", &cookie).body(Body::from(body)).unwrap();
            world.raw(request)
        };
        let listed = submit(PAGE.to_owned(), "login_hint=john".to_owned()).await.text;
        for part in ["100.00 GBP", "Payee &lt;b&gt;", "1122", "22289"] {
            assert!(listed.contains(part), "{part} in {listed}");
        }
        let login = between(&listed, r#"name="login_id" value=""#, "\"").to_owned();
        let fields = format!("login_id={login}&action={action}");
        assert_eq!(submit(format!("{PAGE}/consent"), fields).await.status, 200);
        let token = world.own_token(ALICE, "payments").await;
        let read = world.call(Method::GET, &format!("{PAYMENTS}/{consent}"), Some(&token), None).await.ok();
        assert_eq!(read.body["Data"]["Status"], Value::from(status));
    }
}
