//! The whole suite against the mutated copy of the embedded OP, without faults: a mutant is caught where a check fails, or
//! cannot tell any more.

use ciba_bench::conformance::{Check, SECTIONS, Section};
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::notification::Inbox;
use ciba_bench::record::Verdict;
use ciba_bench::selftest::{ProvingGround, virtual_time};
use ciba_bench::transport::outgoing;
use ciba_bench::world::{InProcess, Party, WorldSettings};
use std::sync::Arc;

/// Both OPs read this, so that whoever knows the one knows the other.
const SETTINGS: &str = r#"
[[workspaces]]
id = "ciba"
authentication_service = { type = "EXTERNAL", url = "http://authentication-service.localhost", user = "op", password = "door" }
authentication_service_client = { client_id = "device", client_secret = "device-secret-0123456789" }
clients = [
    { client_id = "poll-client", client_secret = "poll-secret-0123456789abcdef", token_delivery_mode = "poll" },
    { client_id = "ping-client", client_secret = "ping-secret-0123456789abcdef", token_delivery_mode = "ping", client_notification_endpoint = "@PINGS@" },
    { client_id = "second-poll-client", client_secret = "second-secret-0123456789abcd", token_delivery_mode = "poll", token_endpoint_auth_method = "client_secret_post" },
    { client_id = "client-without-ciba", client_secret = "other-secret-0123456789abcde", grant_types = ["client_credentials"] },
]
"#;

/// What does not apply to a sound OP in one process: no TLS.
const NOT_APPLICABLE: [&str; 1] = ["ciba/7/tls"];

#[test]
fn every_check_passes() {
    let verdicts = virtual_time(verdicts());
    assert!(verdicts.len() > 100, "the suite ran: {} checks", verdicts.len());
    let caught: Vec<String> = verdicts
        .into_iter()
        .filter(|(id, verdict)| match verdict {
            Verdict::Pass => false,
            Verdict::NotApplicable { .. } => !NOT_APPLICABLE.contains(&id.as_str()),
            Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => true,
        })
        .map(|(id, verdict)| format!("caught by {id}: {}", verdict.name()))
        .collect();
    assert!(caught.is_empty(), "{}", caught.join("\n"));
}

async fn verdicts() -> Vec<(String, Verdict)> {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let pings = "https://client.localhost/notify-callback";
    let settings = SETTINGS.replace("@PINGS@", pings);
    let world = WorldSettings {
        op: reference_op::Settings::from_toml(&settings).expect("settings"),
        plan: hand_plan(ProvingGround::UNKNOWN_USER),
        ..WorldSettings::default()
    };
    let world = InProcess::new(world, logins.clone(), inbox.clone()).expect("a world");
    assert_eq!(world.notification_url().as_str(), pings);
    let mutated = mutated_op::ReferenceOp::new(
        "http://op.localhost",
        mutated_op::Settings::from_toml(&settings).expect("settings"),
        mutated_op::FaultSet::NONE,
        mutated_op::Clock::starting_at(InProcess::beginning()),
        outgoing(world.transport()),
    )
    .expect("a mutated OP");
    world.intercept(Party::Op, |_| mutated.router());
    let ground = ProvingGround::of(world, logins, inbox).await.expect("a proving ground");
    let entries: Vec<(&Section, &Check)> =
        SECTIONS.iter().flat_map(|section| section.checks.iter().map(move |check| (section, check))).collect();
    ground.run(&entries).await.checks.into_iter().map(|record| (record.id, record.verdict)).collect()
}
