//! The consent APIs that clients call, with an access token of their own (RFC 6749, 4.4).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::{HeaderMap, HeaderName, Request, StatusCode};

use super::consent::{Consent, Status};
use super::kind::{APIS, Api, Kind};
use super::message;
use super::refusal::Refusal;
use super::site::OpenBanking;
use super::{brasil, uk};
use crate::access_log::Endpoint;
use crate::bearer;
use crate::client::Client;
use crate::fault::Fault;
use crate::router::Site;
use crate::settings::OpenBankingProfile;

/// Echoed, so that both sides can find an exchange again.
const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// The consent APIs of a workspace; none without Open Banking.
pub(crate) fn paths(site: &Site) -> Router {
    let base = format!("/{}/{}", site.provider.tenant, site.workspace.id);
    let profile = site.workspace.open_banking.as_ref().map(|open_banking| open_banking.profile);
    let apis = APIS.into_iter().filter(|api| Some(api.kind.profile()) == profile);
    let paths = apis.fold(Router::new(), |router, api| {
        let path = format!("{base}{}", api.path);
        router.route(&path, creation(api)).route(&format!("{path}/{{consent}}"), resource(api))
    });
    paths.with_state(site.clone())
}

fn creation(api: Api) -> MethodRouter<Site> {
    post(move |State(site): State<Site>, request: Request<Body>| async move {
        let desk = Desk::new(&site, api, Endpoint::ConsentCreate, request.headers());
        let answer = desk.create(request).await;
        desk.finish(answer)
    })
}

fn resource(api: Api) -> MethodRouter<Site> {
    let read = move |State(site): State<Site>, Path(id): Path<String>, request: Request<Body>| async move {
        let desk = Desk::new(&site, api, Endpoint::ConsentRead, request.headers());
        desk.finish(desk.read(&id))
    };
    let delete = move |State(site): State<Site>, Path(id): Path<String>, request: Request<Body>| async move {
        let desk = Desk::new(&site, api, Endpoint::ConsentDelete, request.headers());
        desk.finish(desk.delete(&id))
    };
    let router = get(read);
    if api.deletable { router.delete(delete) } else { router }
}

/// One request to one API.
struct Desk<'s> {
    site: &'s Site,
    api: Api,
    endpoint: Endpoint,
    headers: HeaderMap,
    /// In seconds since 1970.
    now: u64,
}

/// An answer, and whom it is for.
type Answered = Result<(Response, Caller), Refusal>;

/// The client that calls; only a fault lets nobody call.
type Caller = Option<Arc<Client>>;

impl<'s> Desk<'s> {
    fn new(site: &'s Site, api: Api, endpoint: Endpoint, headers: &HeaderMap) -> Self {
        let clock = &site.provider.clock;
        Self { site, api, endpoint, headers: headers.clone(), now: clock.unix_seconds_at(clock.now()) }
    }

    async fn create(&self, request: Request<Body>) -> Answered {
        let client = self.client()?;
        let body = request.into_body();
        let document = match self.api.kind.is_signed() {
            false => message::json(&self.headers, body).await?,
            true => {
                let message = message::jwt(&self.headers, body).await?;
                message.verified(client.as_deref(), &self.url(), self.now, self.site.workspace.faults)?
            }
        };
        let asked = match self.api.kind {
            Kind::AccountAccess => uk::account_access(&document, self.now),
            Kind::DomesticPayment => uk::domestic_payment(&document),
            Kind::CustomerData => brasil::customer_data(&document, self.now),
            Kind::CustomerPayment => brasil::customer_payment(&document, self.now),
        }?;
        let open_banking = self.open_banking()?;
        let clock = &self.site.provider.clock;
        let owner = client.as_ref().map(|client| client.id.clone()).unwrap_or_default();
        let consent = open_banking.create(self.api.kind, owner, asked, clock);
        let consent = consent.ok_or(Refusal::Full)?;
        Ok((self.shown(open_banking.created, &consent), client))
    }

    fn read(&self, id: &str) -> Answered {
        let client = self.client()?;
        let anybody = self.site.workspace.faults.has(Fault::ForeignConsentReadable);
        let consent = self.find(id, client.as_ref().filter(|_| !anybody))?;
        // In Brasil a consent that was taken back can still be read, as a rejected one.
        if consent.status() == Status::Deleted && self.profile() == OpenBankingProfile::Uk {
            return Err(Refusal::Unknown);
        }
        Ok((self.shown(StatusCode::OK, &consent), client))
    }

    fn delete(&self, id: &str) -> Answered {
        let client = self.client()?;
        let consent = self.find(id, client.as_ref())?;
        match consent.delete(self.date()) {
            true => Ok((StatusCode::NO_CONTENT.into_response(), client)),
            false => Err(Refusal::Unknown),
        }
    }

    /// Who calls, by a token of the client's own with the scope of the API.
    fn client(&self) -> Result<Caller, Refusal> {
        let (provider, workspace) = (&self.site.provider, &self.site.workspace);
        let token = bearer::token(&self.headers)
            .and_then(|text| provider.tokens.find(text, provider.clock.now()))
            .filter(|token| Arc::ptr_eq(&token.workspace, workspace));
        let token = match token {
            None if workspace.faults.has(Fault::ConsentWithoutToken) => return Ok(None),
            token => token.ok_or(Refusal::NoToken)?,
        };
        let scope = self.api.kind.scope();
        let holds_scope = token.scopes.iter().any(|held| held == scope)
            || workspace.faults.has(Fault::ConsentScopeUnchecked);
        if token.subject.is_some() || !holds_scope {
            return Err(Refusal::Scope(scope));
        }
        workspace.client(&token.client_id).map(Some).ok_or(Refusal::NoToken)
    }

    /// The consent of a client, or of anybody.
    fn find(&self, id: &str, client: Option<&Arc<Client>>) -> Result<Arc<Consent>, Refusal> {
        let consent = self.open_banking()?.find(id, self.now);
        let consent = consent.filter(|consent| consent.kind == self.api.kind).ok_or(Refusal::Unknown)?;
        match client {
            Some(client) if client.id != consent.client_id => Err(Refusal::Foreign),
            Some(_) | None => Ok(consent),
        }
    }

    fn shown(&self, status: StatusCode, consent: &Consent) -> Response {
        let workspace = &self.site.workspace;
        let link = format!("{}/{}", self.url(), consent.id);
        let message = match self.profile() {
            OpenBankingProfile::Uk => uk::message(consent, &link),
            OpenBankingProfile::Brasil => brasil::message(consent, &link, &self.date()),
        };
        match &consent.asked.addressee {
            Some(addressee) => {
                let parties = (workspace.issuer.as_str(), addressee.as_str());
                message::jwt_body(status, message, parties, workspace, self.now)
            }
            None => message::json_body(status, &message),
        }
    }

    /// Counts and completes.
    fn finish(&self, answer: Answered) -> Response {
        let (mut response, client_id) = match answer {
            Ok((response, client)) => (response, client.map(|client| client.id.clone())),
            Err(refusal) => (refusal.answer(self.profile(), &self.date()), None),
        };
        let outcome = response.status().as_str().to_owned();
        self.site.provider.log.count(self.endpoint, outcome, client_id.as_deref());
        if let Some(id) = self.headers.get(&INTERACTION_ID) {
            response.headers_mut().insert(INTERACTION_ID, id.clone());
        }
        response
    }

    /// The API's address.
    fn url(&self) -> String {
        format!("{}{}", self.site.workspace.issuer, self.api.path)
    }

    /// Now, in RFC 3339.
    fn date(&self) -> String {
        let clock = &self.site.provider.clock;
        clock.rfc3339_at(clock.now())
    }

    fn profile(&self) -> OpenBankingProfile {
        self.api.kind.profile()
    }

    fn open_banking(&self) -> Result<&OpenBanking, Refusal> {
        self.site.workspace.open_banking.as_ref().ok_or(Refusal::Unknown)
    }
}
