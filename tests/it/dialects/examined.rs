//! What `doctor` says of servers that speak other dialects.

use super::neighbour::{Neighbour, UNKNOWN_USER};
use crate::doctor::finding_of;
use crate::doctor::ward::{Secrets, examined, url};
use ciba_bench::ciba::DeliveryMode;
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::doctor::{Diagnosis, Examination, Listening, OwnEndpoint, OwnService, Practice, State};
use ciba_bench::notification::Inbox;
use ciba_bench::target::file::TargetFile;
use std::collections::BTreeMap;
use std::sync::Arc;

const KEYCLOAK: &str = "dialect = \"keycloak\"\nlisten = \"10.0.0.1:4010\"\n\
    public_url = \"http://authentication-service.localhost\"";
const APPROVAL_URL: &str = "dialect = \"approval_url\"\n\
    url = \"http://op.localhost/decision?token={auth_req_id}&type={action}\"";

async fn examine(
    neighbour: &Neighbour,
    logins: &Arc<Logins>,
    inbox: &Arc<Inbox>,
    service: &str,
) -> Diagnosis {
    let world = &neighbour.world;
    let mut secrets = BTreeMap::new();
    let mut file = format!(
        "issuer = \"{}\"\nsubject = \"hint\"\n[conformance]\nusers = [\"alice\"]\nunknown_user = \"{UNKNOWN_USER}\"\n\
         [notification]\nlisten = \"10.0.0.1:4020\"\npublic_url = \"http://client.localhost\"\n\
         [authentication_service]\n{service}\n",
        world.issuer()
    );
    for mode in [DeliveryMode::Poll, DeliveryMode::Ping] {
        let client = world.client(mode).unwrap();
        let (role, id) = (mode.name(), &client.id);
        file.push_str(&format!("[clients.{role}]\nclient_id = \"{id}\"\nclient_secret = \"env:{id}\"\n"));
        secrets.insert(id.clone(), client.credentials.secret().unwrap().expose().clone());
    }
    let target = TargetFile::parse("mine.toml", &file, &Secrets::of(secrets)).unwrap();
    let service = OwnService {
        service: neighbour.service.clone(),
        logins: logins.clone(),
        local: url("http://authentication-service.localhost/"),
        public: url("http://authentication-service.localhost/"),
        page: None,
    };
    let endpoint = OwnEndpoint {
        receiver: world.receiver().clone(),
        inbox: inbox.clone(),
        local: world.notification_url().clone(),
        public: world.notification_url().clone(),
    };
    examined(&Practice {
        transport: world.transport(),
        clock: world.clock(),
        target,
        file: "mine.toml".to_owned(),
        user: Some("alice".to_owned()),
        service: Listening::At(service),
        endpoint: Listening::At(endpoint),
        run: 987_654_321,
    })
    .await
}

fn sees(diagnosis: &Diagnosis, examination: Examination, state: State, words: &str) {
    let finding = finding_of(diagnosis, examination);
    assert!(finding.state == state && finding.seen.contains(words), "{words}: {finding:?}");
}

#[tokio::test(start_paused = true)]
async fn keycloaks_channel_is_examined_end_to_end() {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let neighbour = Neighbour::keycloak(hand_plan(UNKNOWN_USER), logins.clone(), inbox.clone());
    let diagnosis = examine(&neighbour, &logins, &inbox, KEYCLOAK).await;
    assert!(diagnosis.is_usable(), "{diagnosis:#?}");
    sees(&diagnosis, Examination::AuthenticationService, State::Sound, "listens at");
    sees(&diagnosis, Examination::UserVerification, State::NotExamined, "look users up by themselves");
    sees(&diagnosis, Examination::UserPrompt, State::Sound, "the authentication channel was called");
    sees(&diagnosis, Examination::Correlation, State::Sound, "by marker");
    sees(&diagnosis, Examination::Decision, State::Sound, "the approval was answered 200");
    sees(&diagnosis, Examination::PollFlow, State::Sound, "tokens");
    sees(&diagnosis, Examination::PingFlow, State::Sound, "");
}

#[tokio::test(start_paused = true)]
async fn an_approval_url_is_examined_and_a_refusal_told_with_its_body() {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let neighbour = Neighbour::with_approval_url(hand_plan(UNKNOWN_USER), logins.clone(), inbox.clone());
    let diagnosis = examine(&neighbour, &logins, &inbox, APPROVAL_URL).await;
    assert!(diagnosis.is_usable(), "{diagnosis:#?}");
    sees(&diagnosis, Examination::UserPrompt, State::NotExamined, "cannot be seen");
    sees(&diagnosis, Examination::Decision, State::Sound, "the approval was answered 200");
    sees(&diagnosis, Examination::PollFlow, State::Sound, "tokens");
    sees(&diagnosis, Examination::PingFlow, State::Sound, "");

    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let neighbour = Neighbour::with_approval_url(hand_plan(UNKNOWN_USER), logins.clone(), inbox.clone());
    neighbour.book.forget_everything();
    let diagnosis = examine(&neighbour, &logins, &inbox, APPROVAL_URL).await;
    sees(&diagnosis, Examination::Decision, State::Failed, "the server answered 404: no such request");
    let remedy = finding_of(&diagnosis, Examination::Decision).remedy.as_deref().unwrap();
    assert_eq!(remedy, "target file: authentication_service.url, method, approve and deny");
}
