use axum::body::{Body, to_bytes};
use http::StatusCode;
use thiserror::Error;

/// Largest form in bytes: the longest hint, percent-encoded, and the rest.
const MAX_BODY: usize = 16 * 1024;
/// Longest value of a field in bytes.
const MAX_FIELD: usize = 4 * 1024;

/// Why a form is not acted upon. The texts are for the person in front of the page.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Refusal {
    #[error(
        "This form does not come from a page that was opened here, or that page is too old. Nothing was decided. Open the \
         simulator at its own address, {0}, and try again; your browser has to accept its cookie."
    )]
    Foreign(String),
    #[error("The form is too large or was broken off. Nothing was decided.")]
    TooLarge,
    #[error(
        "The form's field {0} is missing, repeated, too long or not one of the values that it can have. Nothing was decided."
    )]
    Field(&'static str),
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Refusal::Foreign(_) => StatusCode::FORBIDDEN,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Field(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The fields of a submitted form.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body of bounded size.
    pub(super) async fn read(body: Body) -> Result<Self, Refusal> {
        let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Refusal::TooLarge)?;
        Ok(Self::parse(&bytes))
    }

    fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field that is there once, with a value of bounded length that is not empty.
    pub(super) fn get(&self, name: &'static str) -> Result<&str, Refusal> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) if (1..=MAX_FIELD).contains(&value.len()) => Ok(value),
            (Some(_) | None, _) => Err(Refusal::Field(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fields_and_bodies_are_bounded() {
        let fields = Fields::parse(b"a=x&b=1&b=2&c=&d=%3Cb%3E+%F0%9F%94%91");
        assert_eq!((fields.get("a"), fields.get("d")), (Ok("x"), Ok("<b> \u{1f511}")));
        for name in ["b", "c", "e"] {
            assert_eq!(fields.get(name), Err(Refusal::Field(name)));
        }
        let body = |length: usize| format!("a={}", "x".repeat(length));
        assert!(Fields::parse(body(MAX_FIELD).as_bytes()).get("a").is_ok());
        assert!(Fields::parse(body(MAX_FIELD + 1).as_bytes()).get("a").is_err());
        assert!(Fields::read(Body::from(body(MAX_BODY - 2))).await.is_ok());
        assert_eq!(Fields::read(Body::from(body(MAX_BODY))).await.err(), Some(Refusal::TooLarge));
    }
}
