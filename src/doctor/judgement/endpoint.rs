use super::known::unanswered;
use crate::doctor::finding::Look;
use crate::doctor::said::Said;
use crate::jose::{KeySet, Unusable};
use url::Url;

/// Whether something answers at an endpoint as an OAuth server answers a request without credentials. `member` is where
/// the metadata name it.
pub(in super::super) fn endpoint(member: &str, url: &Url, said: &Said) -> Look {
    let seen = format!("{url} answers a POST without credentials with {said}");
    let misplaced = format!(
        "server's console: {member} in the metadata names an address that is not that endpoint, or something in front of \
         the server (proxy, gateway) answers instead of it"
    );
    match (said, said.status().unwrap_or_default()) {
        (Said::Nothing(failure), _) => Look::failed(format!("{url}: {failure}"), unanswered(url, failure)),
        (Said::Answer(_), 300..400 | 404 | 405) => Look::failed(seen, misplaced),
        (Said::Answer(_), 429 | 503) => Look::doubtful(
            seen,
            "server's console: the server turns callers away already; wait, or have its limits for this machine lifted",
        ),
        (Said::Answer(_), 500..) => {
            Look::doubtful(seen, "server's log: a request that lacks everything should be refused with 4xx")
        }
        (Said::Answer(_), 200..300) => {
            Look::doubtful(seen, format!("expected a refusal (400 or 401); {misplaced}"))
        }
        (Said::Answer(answer), _) if answer.error.is_none() => Look::doubtful(seen, misplaced),
        (Said::Answer(_), _) => Look::sound(seen),
    }
}

/// Whether the issuer's keys can be read, and which they are. An error says why there are none.
pub(in super::super) fn keys(url: &Url, keys: &Result<KeySet, Look>) -> Look {
    let keys = match keys {
        Ok(keys) => keys,
        Err(look) => return look.clone(),
    };
    let skipped: Vec<String> = keys
        .skipped()
        .iter()
        .filter(|key| key.kind != Unusable::OtherPurpose)
        .map(|key| format!("{:?} {}", key.id.as_deref().unwrap_or("no kid"), key.reason))
        .collect();
    let usable = keys.in_words().join(", ");
    let remedy = "server's console: publish at jwks_uri the public key that signs ID tokens (RSA from 2048 bits, P-256, \
                  P-384 or Ed25519); else no ID token can be verified";
    if keys.is_empty() {
        let others = if skipped.is_empty() { String::new() } else { format!(": {}", skipped.join("; ")) };
        return Look::failed(
            format!("{url}: {} keys, none that verifies signatures{others}", keys.published()),
            remedy,
        );
    }
    if skipped.is_empty() {
        return Look::sound(format!("{url}: {usable}"));
    }
    let seen = format!("{url}: {usable}; not used: {}", skipped.join("; "));
    Look::doubtful(seen, format!("{remedy}, as long as one of those signs"))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, error, plain};
    use super::*;
    use crate::doctor::finding::State;
    use crate::transport::Failure;

    #[test]
    fn an_endpoint_refuses_who_has_no_credentials() {
        let url: Url = "https://op.test/token".parse().unwrap();
        let look = |said: Said| endpoint("token_endpoint", &url, &said);
        assert_looks([
            (look(error(401, "invalid_client")), State::Sound, "with 401 invalid_client", ""),
            (look(error(400, "invalid_request")), State::Sound, "with 400", ""),
            (look(error(404, "not_found")), State::Failed, "404", "server's console: token_endpoint in the"),
            (look(plain(302, "")), State::Failed, "302", "something in front of the server"),
            (look(plain(403, "<html>")), State::Doubtful, "403 \"<html>\"", "gateway"),
            (look(plain(200, "")), State::Doubtful, "200", "expected a refusal"),
            (look(plain(503, "")), State::Doubtful, "503", "wait"),
            (look(plain(500, "oops")), State::Doubtful, "500", "server's log"),
            (
                look(Said::Nothing(Failure::Broken("invalid HTTP version parsed".to_owned()))),
                State::Failed,
                "https://op.test/token: the connection broke",
                "see that scheme (http or https) and port are right",
            ),
        ]);
    }

    #[test]
    fn keys_are_named_and_what_is_missing_is_said() {
        let url: Url = "https://op.test/jwks".parse().unwrap();
        let look = |text: &str| keys(&url, &Ok(KeySet::parse(text.as_bytes()).unwrap()));
        let good =
            r#"{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let weird = r#"{"kty":"AKP","kid":"new"}"#;
        assert_looks([
            (look(&format!("{{\"keys\":[{good}]}}")), State::Sound, "\"k1\" Ed25519", ""),
            (look(r#"{"keys":[]}"#), State::Failed, "0 keys, none", "server's console: publish at jwks_uri"),
            (
                look(&format!("{{\"keys\":[{weird}]}}")),
                State::Failed,
                "1 keys, none that verifies",
                "publish",
            ),
            (
                look(&format!("{{\"keys\":[{good},{weird}]}}")),
                State::Doubtful,
                "not used: \"new\" key type AKP",
                "as long as one of those signs",
            ),
        ]);
    }
}
