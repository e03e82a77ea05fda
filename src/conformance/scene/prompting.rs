use super::acting::unbegun;
use super::{FlowSeen, Scene};
use crate::conformance::Stop;
use crate::decision_channel::{Decisions, FoundBy, Login, Sought, Started};
use std::time::Duration;

/// How long a login may take to arrive at our authentication service.
const LOGIN_PATIENCE: Duration = Duration::from_secs(10);

impl Scene {
    /// Waits until our authentication service is told to ask the user of the current flow, if that was acknowledged.
    pub(super) async fn await_prompt(&mut self) -> Result<(), Stop> {
        let surface = self.surface.clone();
        let Some(decisions) = &surface.decisions else {
            return Err(Stop::NotApplicable("no decision channel".to_owned()));
        };
        let flow = self.flow().map_err(unbegun)?;
        if flow.acknowledged.is_none() {
            return Ok(());
        }
        let login = self.login_of(flow, decisions).await?;
        if let Some(flow) = self.flow_mut() {
            flow.login = Some(login);
        }
        Ok(())
    }

    /// The login of a flow. Where nothing arrives with the flow's message, what arrived with no other flow's is the flow's:
    /// what became of the message is for a claim to say.
    pub(super) async fn login_of(&self, flow: &FlowSeen, decisions: &Decisions) -> Result<Login, Stop> {
        let binding_message = flow.binding_message.as_deref();
        let sought = Sought { user: &flow.user, binding_message, after: flow.sent };
        if let Some(login) = decisions.login(&sought, LOGIN_PATIENCE).await {
            return Ok(login);
        }
        match self.prompts_of(flow).into_iter().next() {
            Some(start) => Ok(Login { start, found_by: FoundBy::FirstOfUser }),
            None => Err(Stop::Inconclusive {
                expected: "the user is asked by our authentication service".to_owned(),
                actual: format!("no login within {} s", LOGIN_PATIENCE.as_secs()),
            }),
        }
    }

    /// What our authentication service was told about the flow's user since its request was sent, but for what carries the
    /// message of another flow: an earlier check's may arrive late.
    pub fn prompts_of(&self, flow: &FlowSeen) -> Vec<Started> {
        let Some(decisions) = &self.surface.decisions else { return Vec::new() };
        let of_another = |start: &Started| {
            let marked =
                start.binding_message.as_deref().and_then(|message| self.surface.marker.flow(message));
            marked.is_some_and(|number| number != flow.number)
        };
        let mut starts = decisions.logins().starts(&flow.user);
        starts.retain(|start| start.at >= flow.sent && !of_another(start));
        starts
    }
}
