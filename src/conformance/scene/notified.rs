use super::requesting::Parameters;
use super::{PingSeen, Pushed, Scene};
use crate::ciba::{DeliveryMode, Secret};
use crate::conformance::{PingAnswer, Request, Stop};
use crate::notification::{Answer, Notification, NotificationToken, Stranger};
use crate::tls::TestAuthority;
use http::{HeaderValue, StatusCode};
use std::time::Duration;
use tokio::time::Instant;

/// How long a ping is waited for; nothing is said about it in the standard.
pub const PING_PATIENCE: Duration = Duration::from_secs(15);
/// How long no ping has to come for there to be none.
pub const PING_SILENCE: Duration = Duration::from_secs(5);
impl Scene {
    /// Waits for calls with the token of a flow, and answers them as the script says. A request that sets the token itself
    /// is not to be pinged with the one that it would have had.
    pub(super) fn expect_notifications(
        &mut self,
        number: u64,
        token: &NotificationToken,
        mode: DeliveryMode,
        replaced: bool,
    ) {
        self.scrubber.learn(token.expose());
        let Some(notifications) = &self.surface.notifications else { return };
        let registered = match mode {
            _ if replaced => Ok(()),
            DeliveryMode::Push => notifications.receiver.register_push(token),
            DeliveryMode::Ping | DeliveryMode::Poll => notifications.receiver.register(token),
        };
        if registered.is_err() {
            self.notes.push("the notification endpoint has no room for this flow".to_owned());
        }
        let planned = match self.ping_redirect {
            Some(status) => {
                let mut elsewhere = notifications.url.clone();
                elsewhere.set_path(&notifications.receiver.redirected_path(number));
                redirect(status, elsewhere.as_str())
            }
            None => self.ping_answer.clone(),
        };
        if let Some(answer) = planned {
            notifications.receiver.answer_with(Some(number), answer);
        }
    }

    /// A token that the request itself names is waited for as it is.
    pub(super) fn expect_text(&mut self, number: u64, request: &Request, parameters: &Parameters) {
        if !request.touches("client_notification_token") {
            return;
        }
        let Some(text) = Scene::parameter(parameters, "client_notification_token") else { return };
        self.scrubber.learn(&text);
        if let Some(notifications) = &self.surface.notifications {
            // A token that cannot be borne at all is one that the server has to refuse.
            let _ = notifications.receiver.register_text(number, &Secret::new(text));
        }
    }

    /// Answers the pings of later flows like this.
    pub(super) fn answer_pings_with(&mut self, answer: PingAnswer) {
        self.ping_redirect = None;
        self.ping_answer = Some(match answer {
            PingAnswer::Status(status) => Answer::status(status_code(status)),
            PingAnswer::Body(body) => Answer::status(StatusCode::OK).with_body(body),
            PingAnswer::Redirect(status) => {
                self.ping_redirect = Some(status);
                Answer::default()
            }
            PingAnswer::Reset => Answer::reset(),
            PingAnswer::Hang(seconds) => Answer::default().after(Duration::from_secs(seconds)),
        });
    }

    /// Shows a certificate that is right in all but its issuer, for as long as the scene holds it.
    pub(super) fn show_foreign_certificate(&mut self) -> Result<(), Stop> {
        let Some(notifications) = &self.surface.notifications else { return Ok(()) };
        let Some(shown) = &notifications.certificate else { return Ok(()) };
        let clock = self.surface.clock;
        let host = notifications.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let issued = TestAuthority::make(clock.wall(clock.now())).and_then(|nobodys| nobodys.server(&[host]));
        let identity = issued.map_err(broken)?.identity().map_err(broken)?;
        self.foreign_certificate = Some(shown.show(&identity).map_err(broken)?);
        Ok(())
    }

    /// Takes the oldest call for the current flow, whatever shape it has; one that came before the user decided is no
    /// answer to the decision.
    pub(super) async fn await_ping(&mut self, patience: Duration) {
        let Some(notifications) = self.surface.notifications.clone() else { return };
        let Ok(flow) = self.flow() else { return };
        let (number, id) = (flow.number, flow.acknowledged.as_ref().map(|a| a.auth_req_id.clone()));
        let decided = flow.decided.map(|(sent, _)| sent);
        let in_time = |at: Instant| decided.is_none_or(|sent| at >= sent);
        let named = |auth_req_id: &Option<String>| id.is_some() && *auth_req_id == id;
        let redirected_path = notifications.receiver.redirected_path(number);
        let accepted =
            |ping: &Notification| in_time(ping.at) && (ping.flow == number || named(&ping.auth_req_id));
        let strange = |ping: &Stranger| {
            let ours = ping.flow == Some(number) || named(&ping.auth_req_id);
            in_time(ping.at) && ours && *ping.path != *redirected_path
        };
        let inbox = &notifications.inbox;
        let ping = tokio::select! {
            biased;
            Some(ping) = inbox.wait_notification(accepted, patience) => Some(PingSeen::Accepted(ping)),
            Some(ping) = inbox.wait_stranger(strange, patience) => Some(PingSeen::Strange(ping)),
            else => None,
        };
        for flow in &self.flows {
            let path = notifications.receiver.redirected_path(flow.number);
            self.redirected.extend(inbox.take_strangers_at(&path));
        }
        self.take_push(ping.as_ref());
        if let Some(flow) = self.flow_mut() {
            flow.ping = ping;
        }
    }

    /// Reads what was pushed to the current flow: its tokens, if it holds any, and for the report the push as a request of
    /// the server's.
    fn take_push(&mut self, ping: Option<&PingSeen>) {
        let Some(PingSeen::Accepted(notification)) = ping else { return };
        let Some(push) = notification.push.as_ref() else { return };
        let push = Pushed::read(push.expose());
        let tokens = push.tokens(notification.at);
        self.learn_tokens(tokens.as_ref());
        self.keep_push(&push, notification.at);
        if let Some(flow) = self.flow_mut() {
            flow.push = Some(push);
            if tokens.is_some() {
                flow.tokens = tokens;
            }
        }
    }
}

/// Nobody but us is to blame for a certificate that cannot be made.
fn broken(error: impl std::fmt::Display) -> Stop {
    Stop::Broken(format!("no certificate for the notification endpoint: {error}"))
}

fn redirect(status: u16, location: &str) -> Option<Answer> {
    let location = HeaderValue::from_str(location).ok()?;
    Some(Answer::redirect(status_code(status), location))
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
