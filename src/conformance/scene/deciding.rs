use super::Scene;
use super::acting::unbegun;
use crate::ciba::Decision;
use crate::conformance::{Stop, SurfaceClient};
use crate::decision_channel::{Announcement, Confirmed, Decisions, Login, NotConfirmed};

impl Scene {
    /// Tells our authentication service that the current flow was acknowledged, where no server does.
    pub(super) fn announce(&self, client: &SurfaceClient) {
        let (Some(decisions), Ok(flow)) = (&self.surface.decisions, self.flow()) else { return };
        let Some(acknowledged) = &flow.acknowledged else { return };
        decisions.acknowledged(&Announcement {
            auth_req_id: &acknowledged.auth_req_id,
            user_identifier: &flow.user,
            client_id: client.registered.id(),
            binding_message: flow.binding_message.as_deref(),
            scope: &flow.scope,
            expires: flow.expires(),
        });
    }

    /// The user of the current flow decides; `late` where the server may refuse it.
    pub(super) async fn decide(&mut self, decision: Decision, late: bool) -> Result<(), Stop> {
        self.decide_by(late, async |decisions, login| decisions.decide(login, decision).await).await
    }

    /// The user of the current flow agrees to `openid` alone.
    pub(super) async fn approve_openid_only(&mut self) -> Result<(), Stop> {
        if self.surface.decisions.as_ref().is_some_and(|decisions| !decisions.chooses_scopes()) {
            return Err(Stop::NotApplicable(
                "a decision cannot say here which scopes are granted".to_owned(),
            ));
        }
        self.decide_by(false, async |decisions, login| decisions.approve_with(login, &["openid"]).await).await
    }

    /// The check's first user cannot be asked from now on, until the check is over.
    pub(super) fn refuse_to_ask(&mut self) -> Result<(), Stop> {
        let Some(decisions) = &self.surface.decisions else {
            return Err(Stop::NotApplicable("no decision channel".to_owned()));
        };
        match self.users.first() {
            Some(user) if decisions.can_be_asked(user, false) => Ok(()),
            Some(_) | None => Err(Stop::Broken("nobody can be kept from being asked".to_owned())),
        }
    }

    /// The check's users can be asked again.
    pub(super) fn ask_again(&self) {
        if let Some(decisions) = &self.surface.decisions {
            for user in &self.users {
                decisions.can_be_asked(user, true);
            }
        }
    }

    async fn decide_by(
        &mut self,
        late: bool,
        act: impl AsyncFnOnce(&Decisions, &Login) -> Result<Confirmed, NotConfirmed>,
    ) -> Result<(), Stop> {
        let surface = self.surface.clone();
        let Some(decisions) = &surface.decisions else {
            return Err(Stop::NotApplicable("no decision channel".to_owned()));
        };
        let flow = self.flow().map_err(unbegun)?;
        let login = match &flow.login {
            Some(login) => login.clone(),
            None => self.login_of(flow, decisions).await?,
        };
        let is_over = flow.expires().is_some_and(|at| at <= self.surface.clock.now());
        if is_over && decisions.takes_a_person() {
            return Err(Stop::NotApplicable("the page offers no person a request that is over".to_owned()));
        }
        let confirmed = match flow.expires().filter(|_| decisions.takes_a_person()) {
            None => act(decisions, &login).await,
            Some(until) => {
                tokio::time::timeout_at(until, act(decisions, &login)).await.unwrap_or_else(|_| {
                    let reason = "nobody decided before the request expired".to_owned();
                    Err(NotConfirmed { status: None, sent: None, reason })
                })
            }
        };
        let Some(flow) = self.flow_mut() else { return Ok(()) };
        flow.login = Some(login);
        match confirmed {
            Ok(confirmed) => {
                flow.decided = Some((confirmed.sent, confirmed.answered));
                Ok(())
            }
            Err(_) if late => {
                flow.decision_refused = true;
                Ok(())
            }
            Err(refused) => Err(Stop::Inconclusive {
                expected: "the server takes the user's decision".to_owned(),
                actual: refused.reason,
            }),
        }
    }
}
