//! What becomes of tokens that a flow has got.

use super::Scene;
use super::acting::unbegun;
use super::reading::tokens;
use crate::conformance::stranger::stranger_identity;
use crate::conformance::{Request, Shown, Stop};

impl Scene {
    pub(super) async fn use_access_token(&mut self) -> Result<(), Stop> {
        self.answers.clear();
        let token = self.flow().ok().and_then(|flow| flow.tokens.as_ref()?.access_token.clone()).ok_or_else(
            || Stop::Inconclusive {
                expected: "an access token".to_owned(),
                actual: "there is none to use".to_owned(),
            },
        )?;
        let facts = &self.surface.facts;
        let seen = match (facts.introspection_endpoint.clone(), facts.userinfo_endpoint.clone()) {
            (Some(endpoint), _) => {
                let parameters = vec![("token".to_owned(), token)];
                let by = self.flow().map(|flow| flow.by).map_err(unbegun)?;
                self.send(endpoint, &Request::by(by), parameters, false).await?
            }
            (None, Some(endpoint)) => self.fetch(endpoint, Some(&token)).await,
            (None, None) => return Err(Stop::NotApplicable("nothing says whether a token works".to_owned())),
        };
        self.answered(seen)
    }

    pub(super) async fn refresh(&mut self, request: &Request) -> Result<(), Stop> {
        self.answers.clear();
        let token = self.flow().ok().and_then(|flow| flow.tokens.as_ref()?.refresh_token.clone());
        let Some(token) = token else {
            return Err(Stop::NotApplicable("no refresh token came with the tokens".to_owned()));
        };
        let parameters =
            vec![("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".to_owned(), token)];
        let endpoint = self.surface.facts.token_endpoint.clone();
        let seen = self.send(endpoint, request, parameters, false).await?;
        let renewed = tokens(&seen);
        self.learn_tokens(renewed.as_ref());
        // A server may put a new refresh token in the place of the one that was redeemed.
        let next = renewed.and_then(|tokens| tokens.refresh_token).filter(|_| self.owns(request));
        if let (Some(next), Some(flow)) = (next, self.flow_mut())
            && let Some(tokens) = &mut flow.tokens
        {
            tokens.refresh_token = Some(next);
        }
        self.answered(seen)
    }

    /// Whether a request comes from the current flow's client.
    fn owns(&self, request: &Request) -> bool {
        self.flow().is_ok_and(|flow| flow.by == request.by)
    }

    /// Calls the protected API that the metadata name, on a connection with this certificate.
    pub(super) async fn call_api(&mut self, shown: Shown) -> Result<(), Stop> {
        self.answers.clear();
        let flow = self.flow().map_err(unbegun)?;
        let (by, token) = (flow.by, flow.tokens.as_ref().and_then(|tokens| tokens.access_token.clone()));
        let token = token.ok_or_else(|| Stop::Inconclusive {
            expected: "an access token".to_owned(),
            actual: "there is none to use".to_owned(),
        })?;
        let Some(endpoint) = self.surface.facts.userinfo_endpoint.clone() else {
            return Err(Stop::NotApplicable("the metadata name no userinfo endpoint".to_owned()));
        };
        let identity = match shown {
            Shown::Own => self.client(by)?.registered.identity().cloned(),
            Shown::Stranger => Some(stranger_identity()),
            Shown::Nothing => None,
        };
        let seen = self.fetch_showing(endpoint, Some(&token), identity).await;
        self.answered(seen)
    }
}
