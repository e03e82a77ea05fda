use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::error::json_answer;
use crate::settings::OpenBankingProfile;

/// What a client is told to wait when no more consents can be held, in seconds.
const FULL_RETRY_AFTER: &str = "60";

/// Why a consent API does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No living bearer token of this workspace.
    NoToken,
    /// A token without the scope, or of a user.
    Scope(&'static str),
    /// Not what the API speaks; what it does speak.
    MediaType(&'static str),
    TooLarge,
    /// Neither JSON nor, where one is expected, a JWT with a JSON payload.
    Unreadable,
    /// A signature, or the claims around the data, that do not hold.
    Unproven(&'static str),
    /// A field that has to be there, by its path.
    Missing(&'static str),
    /// A field with another value than expected, by its path.
    Invalid(&'static str),
    /// No such consent.
    Unknown,
    /// A consent of somebody else.
    Foreign,
    /// No room for another consent.
    Full,
}

impl Refusal {
    pub(super) fn status(&self, profile: OpenBankingProfile) -> StatusCode {
        match self {
            Refusal::NoToken => StatusCode::UNAUTHORIZED,
            Refusal::Scope(_) | Refusal::Foreign => StatusCode::FORBIDDEN,
            Refusal::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Unreadable | Refusal::Unproven(_) | Refusal::Missing(_) | Refusal::Invalid(_) => {
                StatusCode::BAD_REQUEST
            }
            // Open Banking UK knows no 404 for a consent.
            Refusal::Unknown => match profile {
                OpenBankingProfile::Uk => StatusCode::BAD_REQUEST,
                OpenBankingProfile::Brasil => StatusCode::NOT_FOUND,
            },
            Refusal::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The codes of both vocabularies.
    fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Refusal::NoToken => ("UK.OBIE.Header.Missing", "UNAUTHORIZED"),
            Refusal::Scope(_) => ("UK.OBIE.Header.Invalid", "FORBIDDEN"),
            Refusal::MediaType(_) => ("UK.OBIE.Header.Invalid", "UNSUPPORTED_MEDIA_TYPE"),
            Refusal::TooLarge => ("UK.OBIE.Resource.InvalidFormat", "PAYLOAD_TOO_LARGE"),
            Refusal::Unreadable => ("UK.OBIE.Resource.InvalidFormat", "BAD_REQUEST"),
            Refusal::Unproven(_) => ("UK.OBIE.Signature.Invalid", "BAD_SIGNATURE"),
            Refusal::Missing(_) => ("UK.OBIE.Field.Missing", "PARAMETRO_NAO_INFORMADO"),
            Refusal::Invalid(_) => ("UK.OBIE.Field.Invalid", "PARAMETRO_INVALIDO"),
            Refusal::Unknown => ("UK.OBIE.Resource.NotFound", "NOT_FOUND"),
            Refusal::Foreign => ("UK.OBIE.Resource.ConsentMismatch", "FORBIDDEN"),
            Refusal::Full => ("UK.OBIE.UnexpectedError", "SERVICE_UNAVAILABLE"),
        }
    }

    fn message(&self) -> String {
        match self {
            Refusal::NoToken => "the bearer token is missing, unknown or expired".into(),
            Refusal::Scope(scope) => {
                format!("expected the client's own access token with the scope {scope}")
            }
            Refusal::MediaType(expected) => format!("the body must be {expected}"),
            Refusal::TooLarge => "the body is too large or broken off".into(),
            Refusal::Unreadable => "the body cannot be read".into(),
            Refusal::Unproven(reason) => (*reason).into(),
            Refusal::Missing(path) => format!("{} is missing", dotted(path)),
            Refusal::Invalid(path) => format!("{} has another value than expected", dotted(path)),
            Refusal::Unknown => "there is no such consent".into(),
            Refusal::Foreign => "the consent belongs to another client".into(),
            Refusal::Full => "too many consents are held".into(),
        }
    }

    /// The field that is meant; empty where it is not about one.
    fn path(&self) -> String {
        match self {
            Refusal::Missing(path) | Refusal::Invalid(path) => dotted(path),
            Refusal::NoToken
            | Refusal::Scope(_)
            | Refusal::MediaType(_)
            | Refusal::TooLarge
            | Refusal::Unreadable
            | Refusal::Unproven(_)
            | Refusal::Unknown
            | Refusal::Foreign
            | Refusal::Full => String::new(),
        }
    }

    /// In the words of the profile; `now` in RFC 3339.
    pub(super) fn answer(&self, profile: OpenBankingProfile, now: &str) -> Response {
        let (status, message, (uk, brasil)) = (self.status(profile), self.message(), self.codes());
        let title = status.canonical_reason().unwrap_or("");
        let body = match profile {
            OpenBankingProfile::Uk => json!({
                "Code": format!("{} {title}", status.as_u16()),
                "Id": crate::random::hexadecimal(),
                "Message": message,
                "Errors": [{"ErrorCode": uk, "Message": message, "Path": self.path()}],
            }),
            OpenBankingProfile::Brasil => json!({
                "errors": [{"code": brasil, "title": title, "detail": message}],
                "meta": {"requestDateTime": now, "totalPages": 1, "totalRecords": 1},
            }),
        };
        let mut response = json_answer(status, &body).into_response();
        let headers = response.headers_mut();
        match self {
            Refusal::NoToken => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Refusal::Full => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(FULL_RETRY_AFTER));
            }
            Refusal::Scope(_)
            | Refusal::MediaType(_)
            | Refusal::TooLarge
            | Refusal::Unreadable
            | Refusal::Unproven(_)
            | Refusal::Missing(_)
            | Refusal::Invalid(_)
            | Refusal::Unknown
            | Refusal::Foreign => {}
        }
        response
    }
}

/// `/Data/Permissions` as `Data.Permissions`.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
