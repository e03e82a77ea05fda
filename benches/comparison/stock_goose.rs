use crate::{Failed, Flows};
use goose::config::GooseConfiguration;
use goose::goose::{
    GooseMethod, GooseRequest, Scenario, Transaction, TransactionFunction, TransactionResult,
};
use goose::prelude::GooseUser;
use goose::{GooseAttack, scenario};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What every user needs; Goose gives its transactions nothing of the kind.
static FLOWS: OnceLock<Flows> = OnceLock::new();

/// A Goose user for each flow, as Goose's own book would have it.
pub fn run(flows: Flows) -> Result<(), Failed> {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(flows.issuer.clone());
    configuration.users = Some(flows.count);
    configuration.increase_rate = Some("1000".to_owned());
    configuration.no_telnet = true;
    configuration.quiet = 2;
    let _ = FLOWS.set(flows);
    let function: TransactionFunction = Arc::new(|user| Box::pin(flow(user)));
    let scenario: Scenario = scenario!("flow").register_transaction(Transaction::new(function));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let attack = GooseAttack::initialize_with_config(configuration)?.register_scenario(scenario);
    runtime.block_on(attack.execute())?;
    Ok(())
}

async fn flow(user: &mut GooseUser) -> TransactionResult {
    let Some(flows) = FLOWS.get() else { return Ok(()) };
    let hint = format!("scope=openid&login_hint=user-{}", user.weighted_users_index);
    let (answer, _) = post(user, flows, "/backchannel/authentication", hint).await?;
    let Some(id) = answer.get("auth_req_id").and_then(|id| id.as_str()) else { return Ok(()) };
    let mut interval = answer.get("interval").and_then(serde_json::Value::as_u64).unwrap_or(5);
    let form = format!("grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id={id}");
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let (answer, _) = post(user, flows, "/oauth2/token", form.clone()).await?;
        match answer.get("error").and_then(|error| error.as_str()) {
            Some("authorization_pending") => {}
            Some("slow_down") => interval += 5,
            _ => return Ok(()),
        }
    }
}

/// Posts a form; a pending answer is 400, and no failure.
async fn post(
    user: &mut GooseUser,
    flows: &Flows,
    path: &str,
    form: String,
) -> Result<(serde_json::Value, u16), Box<goose::goose::TransactionError>> {
    let request = user
        .get_request_builder(&GooseMethod::Post, &format!("{}{path}", flows.issuer))?
        .basic_auth(&flows.client_id, Some(&flows.client_secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .timeout(Duration::from_secs(60));
    let request = GooseRequest::builder().name(path).set_request_builder(request).build();
    let mut sent = user.request(request).await?;
    let response = sent.response.map_err(|error| Box::new(error.into()))?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|error| Box::new(error.into()))?;
    if status == 400 {
        user.set_success(&mut sent.request)?;
    }
    Ok((serde_json::from_slice(&body).unwrap_or_default(), status))
}
