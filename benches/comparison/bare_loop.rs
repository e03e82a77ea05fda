use crate::{Failed, Flows};
use futures_util::future::try_join_all;
use reqwest::Client;
use std::time::Duration;

/// A task for each flow: what reqwest and tokio cost, and nothing else.
pub fn run(flows: Flows) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Client::builder().no_proxy().http1_only().no_gzip().build()?;
        let tasks = (0..flows.count).map(|number| {
            let (client, flows) = (client.clone(), flows.clone());
            async move { tokio::spawn(flow(client, flows, number)).await? }
        });
        try_join_all(tasks).await.map(|_| ())
    })
}

async fn flow(client: Client, flows: Flows, number: usize) -> Result<(), Failed> {
    let Flows { issuer, client_id, client_secret, .. } = &flows;
    let post = |path: &str, form: String| {
        client
            .post(format!("{issuer}{path}"))
            .basic_auth(client_id, Some(client_secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
    };
    let answer =
        post("/backchannel/authentication", format!("scope=openid&login_hint=user-{number}")).await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
    let id = answer.get("auth_req_id").and_then(|id| id.as_str()).ok_or("no auth_req_id")?;
    let mut interval = answer.get("interval").and_then(serde_json::Value::as_u64).unwrap_or(5);
    let form = format!("grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id={id}");
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let answer = post("/oauth2/token", form.clone()).await?.bytes().await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)?;
        match answer.get("error").and_then(|error| error.as_str()) {
            Some("authorization_pending") => {}
            Some("slow_down") => interval += 5,
            _ => return Ok(()),
        }
    }
}
