use super::client_token::{ClientToken, ClientTokenAnswered};
use super::ledger::Ledger;
use crate::ciba::{Outcome, Secret};
use crate::jose::{SigningKey, signature_fault};
use crate::open_banking::{ConsentMedia, ConsentTerms, ConsentType, consent_id, jwt_payload};
use crate::record::{Answered, Exchange, Sense};
use crate::relying_party::RelyingParty;
use crate::relying_party::exchange::{Shown, answered_by};
use crate::relying_party::said;
use crate::relying_party::token_response::read_error;
use crate::transport::{Answer, Call, Exchanged, Failure, Timeline};
use serde_json::Value;
use url::Url;

/// The account at the bank that consents name, as far as they name one.
const ACCOUNT: &str = "22289";
/// How often a refused token is renewed for one consent.
const RENEWALS_MAX: u32 = 1;

/// Which consents a relying party creates, and where.
#[derive(Debug, Clone)]
pub struct ConsentSettings {
    /// What kind of consent.
    pub kind: &'static ConsentType,
    /// The base of the consent APIs: [`ConsentType::path`] is appended to its path.
    pub base: Url,
    /// What signs consents that are sent as JWT.
    pub key: Option<SigningKey>,
}

/// What a relying party needs for its consents.
pub(in crate::relying_party) struct Consents {
    pub settings: ConsentSettings,
    pub(super) url: Url,
    pub(super) token: ClientToken,
    pub(super) created: Ledger,
}

/// What became of a consent.
#[derive(Debug)]
pub struct Consented {
    /// When it was asked for and answered; absent where the client got no token for it.
    pub timeline: Option<Timeline>,
    /// The answer, classed; of the token endpoint where that gave no token.
    pub answered: Answered,
    /// The id, or how the flow ends without one and why, in the server's own words.
    pub result: Result<Box<str>, (Outcome, String)>,
    /// The exchange, where no consent was created.
    pub exchange: Option<Box<Exchange>>,
    /// Requests for the client's own token that this took.
    pub tokens: Vec<ClientTokenAnswered>,
}

impl Consents {
    pub fn new(settings: ConsentSettings) -> Self {
        let mut url = settings.base.clone();
        url.set_path(&format!("{}{}", settings.base.path().trim_end_matches('/'), settings.kind.path));
        Consents { settings, url, token: ClientToken::default(), created: Ledger::default() }
    }
}

impl RelyingParty {
    /// Creates the consent of a flow. `None` where this party has none to create.
    pub async fn create_consent(&self, flow: u64) -> Option<Consented> {
        let consents = self.consents.as_ref()?;
        let mut tokens = Vec::new();
        let mut stale: Option<Secret<String>> = None;
        let mut renewals = 0;
        loop {
            let scope = consents.settings.kind.token_scope;
            let token = match consents.token.get(self, scope, flow, stale.as_ref(), &mut tokens).await {
                Ok(token) => token,
                Err((answered, words)) => {
                    let words = format!("no token for the consent API: {words}");
                    let result = Err((outcome(answered), words));
                    return Some(Consented { timeline: None, answered, result, exchange: None, tokens });
                }
            };
            let call = self.consent_call(consents, flow, &token)?;
            let shown = Shown::of(&call, self.settings.trace.correlation_id(flow, 0));
            let Exchanged { result, timeline } = self.transport.exchange(call).await;
            if matches!(&result, Ok(answer) if answer.status == 401) && renewals < RENEWALS_MAX {
                renewals += 1;
                stale = Some(token);
                continue;
            }
            let (answered, created) = self.read(consents, &result);
            let exchange = created.is_err().then(|| shown.with(&result));
            if let Ok(id) = &created {
                consents.created.note(id);
            }
            let result = created.map_err(|words| (outcome(answered), said(exchange.as_deref(), words)));
            return Some(Consented { timeline: Some(timeline), answered, result, exchange, tokens });
        }
    }

    /// `None` where the token is no header value, or nothing signs a consent that has to be signed: both are looked at before
    /// a run begins.
    fn consent_call(&self, consents: &Consents, flow: u64, token: &Secret<String>) -> Option<Call> {
        let kind = consents.settings.kind;
        let now = self.clock.wall(self.clock.now());
        let mut body = (kind.body)(&ConsentTerms { flow, account: ACCOUNT, now });
        let body = match kind.media {
            ConsentMedia::Json => body.to_string(),
            ConsentMedia::Jwt => {
                let key = consents.settings.key.as_ref()?;
                if let Value::Object(claims) = &mut body {
                    claims.extend(self.client.consent_claims(&consents.url, now));
                }
                key.sign(&body).ok()?
            }
        };
        self.bearer_call(http::Method::POST, &consents.url, token, (kind.media, body), flow)
    }

    fn read(
        &self,
        consents: &Consents,
        result: &Result<Answer, Failure>,
    ) -> (Answered, Result<Box<str>, String>) {
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) => return (answered_by(failure), Err(failure.to_string())),
        };
        if !matches!(answer.status, 200 | 201) {
            return (refused(answer), Err(format!("status {}", answer.status)));
        }
        let created = match consents.settings.kind.media {
            ConsentMedia::Json => serde_json::from_slice(&answer.body).ok(),
            ConsentMedia::Jwt => {
                let jwt = std::str::from_utf8(&answer.body).unwrap_or_default().trim();
                if let Some(fault) = signature_fault(jwt, &self.keys.known()) {
                    return (Answered::Unreadable, Err(format!("status {}, {fault}", answer.status)));
                }
                jwt_payload(jwt)
            }
        };
        match created.as_ref().and_then(consent_id) {
            Some(id) => (Answered::Ok, Ok(id.into())),
            None => (Answered::Unreadable, Err(format!("status {}, and no consent id", answer.status))),
        }
    }
}

/// How a flow ends without its consent.
fn outcome(answered: Answered) -> Outcome {
    match answered.sense() {
        Sense::Refusal => Outcome::ConsentRefused,
        Sense::Success | Sense::Failure | Sense::Cancelled => Outcome::TransportFailed,
    }
}

/// The APIs of Open Banking have errors of their own form, which is no failure of the server.
fn refused(answer: &Answer) -> Answered {
    let known = read_error(answer);
    let in_json = serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body.is_object());
    let is_refusal = known == Answered::Unreadable && (400..500).contains(&answer.status) && in_json;
    if is_refusal { Answered::OtherError } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn refusals_of_the_consent_apis_are_refusals_and_failures_are_failures() {
        for (status, body, expected) in [
            (400, r#"{"Code":"400","Message":"no","Errors":[]}"#, Outcome::ConsentRefused),
            (403, r#"{"errors":[{"code":"C"}]}"#, Outcome::ConsentRefused),
            (401, r#"{"error":"invalid_token"}"#, Outcome::ConsentRefused),
            (422, r#"{"errors":[]}"#, Outcome::ConsentRefused),
            (404, "<html>", Outcome::TransportFailed),
            (429, "", Outcome::TransportFailed),
            (500, r#"{"Code":"500"}"#, Outcome::TransportFailed),
        ] {
            assert_eq!(outcome(refused(&answer(status, body))), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_path_of_the_kind_follows_that_of_the_base() {
        let kind = ConsentType::of_name("open_banking_uk_accounts").unwrap();
        for base in ["https://op.test/acme/bank", "https://op.test/acme/bank/"] {
            let settings = ConsentSettings { kind, base: base.parse().unwrap(), key: None };
            let url = "https://op.test/acme/bank/open-banking/v3.1/aisp/account-access-consents";
            assert_eq!(Consents::new(settings).url.as_str(), url);
        }
    }
}
