use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::page::Prompt;
use crate::{
    open_banking::{self, ConsentApi},
    service::AuthService,
    system_api::LoginRef,
};

/// How long the page waits for what the server says about consents.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a consent is asked for.
pub(super) struct Key {
    pub(super) api: ConsentApi,
    pub(super) login_state: Option<String>,
}

/// Asks the server what the consents of logins are about, all at once. `keys` are those of `prompts`, in the same order.
pub(super) async fn look_up(service: &AuthService, prompts: &mut [Prompt], keys: Vec<Option<Key>>) {
    let mut questions = JoinSet::new();
    for (index, (prompt, key)) in prompts.iter_mut().zip(keys).enumerate() {
        let Some(Key { api, login_state }) = key else { continue };
        prompt.is_consent = true;
        let (shared, login_id) = (Arc::clone(&service.shared), prompt.login_id.clone());
        questions.spawn(async move {
            let login =
                LoginRef { login_id: &login_id, login_state: login_state.as_deref(), consent: Some(api) };
            (index, shared.dialect.details(login, &shared.counts).await)
        });
    }
    let answers = async {
        while let Some(answer) = questions.join_next().await {
            if let Ok((index, Some(answer))) = answer
                && answer.is_success()
                && let Some(prompt) = prompts.get_mut(index)
            {
                prompt.details = open_banking::details(&answer.body);
            }
        }
    };
    // Whatever is not known by then is not shown; the questions end with the set.
    let _ = tokio::time::timeout(PATIENCE, answers).await;
}
