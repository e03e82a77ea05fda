use super::known::{Known, unanswered};
use crate::ciba::DeliveryMode;
use crate::doctor::finding::Look;
use crate::doctor::said::quoted;
use crate::jose::is_verifiable;
use crate::target::{DiscoveryError, TargetFacts};
use serde_json::Value;

/// Whether the issuer publishes metadata that a CIBA client can work with (OpenID Connect Discovery 1.0, 4; CIBA Core 1.0,
/// 4).
pub(in super::super) fn metadata(result: &Result<TargetFacts, DiscoveryError>) -> Look {
    let error = match result {
        Ok(facts) => return Look::sound(format!("{}, with the members of CIBA", facts.metadata_url)),
        Err(error) => error,
    };
    match error {
        DiscoveryError::Unreachable { url, failure } => {
            let remedy = format!("{}; target file: issuer", unanswered(url, failure));
            Look::failed(format!("{url}: {failure}"), remedy)
        }
        DiscoveryError::Status { url, status } => Look::failed(
            format!("{url}: status {status}, expected 200"),
            "target file: issuer has to be the URL before /.well-known/openid-configuration, with the workspace's path",
        ),
        DiscoveryError::Form { url, problem, begins } => Look::failed(
            format!("{url}: {problem}; the answer begins {}", quoted(begins)),
            "target file: issuer, unless the server itself publishes this; something else may answer there, such as a \
             login page",
        ),
        DiscoveryError::NoCiba { url, member } => Look::failed(
            format!("{url}: no {member}, so CIBA is not enabled there"),
            "server's console: allow the CIBA grant for this workspace (authorization server) and select its token \
             delivery modes; target file: issuer, where another workspace has it",
        ),
    }
}

/// Whether the metadata name the issuer of the target file, letter by letter (OpenID Connect Discovery 1.0, 4.3).
pub(in super::super) fn issuer(known: &Known, facts: &TargetFacts) -> Look {
    let ours = known.target.issuer.as_str();
    if facts.issuer == ours {
        return Look::sound(format!("{ours}, the same in the metadata and in the target file"));
    }
    Look::failed(
        format!(
            "the metadata name {}, the target file {ours:?}; they have to be equal",
            quoted(&facts.issuer)
        ),
        format!(
            "target file: issuer = {}, where that is what the server means; else server's console: its public URL",
            quoted(&facts.issuer)
        ),
    )
}

/// Whether the server offers what the clients of the target file are for.
pub(in super::super) fn delivery_modes(known: &Known, facts: &TargetFacts) -> Look {
    let offered: Vec<&str> = facts.delivery_modes.iter().map(|mode| mode.name()).collect();
    let offered = offered.join(", ");
    let clients = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push]
        .map(|mode| (mode, known.target.client(mode).is_some()));
    let missing: Vec<&str> = clients
        .iter()
        .filter(|(mode, wanted)| *wanted && !facts.delivery_modes.contains(mode))
        .map(|(mode, _)| mode.name())
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Look::failed(
            format!("the server offers {offered}; the target file has a client for {missing}"),
            format!(
                "server's console: select the token delivery mode {missing} for this workspace; or target file: take \
                 [clients.{missing}] out"
            ),
        );
    }
    let algorithms = texts(&facts.metadata, "id_token_signing_alg_values_supported");
    let signed = match algorithms.is_empty() {
        true => "no ID token algorithms listed".to_owned(),
        false => format!("ID tokens by {}", algorithms.join(", ")),
    };
    let seen = format!("{offered}; {signed}");
    if !facts.lists_ciba_grant {
        return Look::doubtful(
            format!("{seen}; grant_types_supported does not list the CIBA grant"),
            "server's console: allow the CIBA grant for this workspace; a server that has it should list it (CIBA Core \
             1.0, 4)",
        );
    }
    if !algorithms.is_empty() && !algorithms.iter().any(|algorithm| is_verifiable(algorithm)) {
        return Look::doubtful(
            format!("{seen}, none of which this tool verifies"),
            "server's console: sign ID tokens with RS256, PS256, ES256 or another algorithm with a public key; else their \
             signatures are not checked",
        );
    }
    Look::sound(format!("{seen}; the CIBA grant is listed"))
}

/// A member of the metadata that is an array of texts.
pub(in super::super) fn texts(metadata: &Value, member: &str) -> Vec<String> {
    let values = metadata.get(member).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, facts, known};
    use super::*;
    use crate::doctor::finding::State;
    use crate::transport::Failure;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn what_discovery_meets_has_a_remedy_of_its_own() {
        let url = || Box::new("https://op.test/.well-known/openid-configuration".parse().unwrap());
        let connect = Failure::Connect("tcp connect error: Connection refused (os error 111)".to_owned());
        let timeout = Failure::TimedOut(Duration::from_secs(10));
        let form = |begins: &str| DiscoveryError::Form {
            url: url(),
            problem: "not OpenID provider metadata: missing field `jwks_uri`".to_owned(),
            begins: begins.to_owned(),
        };
        assert_looks([
            (metadata(&Ok(facts())), State::Sound, "with the members of CIBA", ""),
            (
                metadata(&Err(DiscoveryError::Unreachable { url: url(), failure: connect })),
                State::Failed,
                "Connection refused",
                "network: no connection to op.test:443; see that the server runs",
            ),
            (
                metadata(&Err(DiscoveryError::Unreachable { url: url(), failure: timeout })),
                State::Failed,
                "no answer within 10000 ms",
                "server's log: whether the request arrived at op.test:443",
            ),
            (
                metadata(&Err(DiscoveryError::Status { url: url(), status: 404 })),
                State::Failed,
                "status 404",
                "target file: issuer has to be the URL before /.well-known",
            ),
            (metadata(&Err(form("<html>\u{1b}"))), State::Failed, "begins \"<html>\\u{1b}\"", "a login page"),
            (
                metadata(&Err(DiscoveryError::NoCiba {
                    url: url(),
                    member: "backchannel_authentication_endpoint",
                })),
                State::Failed,
                "no backchannel_authentication_endpoint",
                "server's console: allow the CIBA grant for this workspace",
            ),
        ]);
    }

    #[test]
    fn issuer_and_delivery_modes_are_held_against_the_target_file() {
        let mut other = facts();
        other.issuer = "https://op.test/t/w/".to_owned();
        let mut only_poll = facts();
        only_poll.delivery_modes = vec![DeliveryMode::Poll];
        let mut no_grant = facts();
        no_grant.lists_ciba_grant = false;
        let mut shared_secret = facts();
        shared_secret.metadata = json!({"id_token_signing_alg_values_supported": ["HS256"]});
        let known = known();
        assert_looks([
            (issuer(&known, &facts()), State::Sound, "the same in the metadata", ""),
            (
                issuer(&known, &other),
                State::Failed,
                "the metadata name \"https://op.test/t/w/\", the target file \"https://op.test/t/w\"",
                "target file: issuer = \"https://op.test/t/w/\"",
            ),
            (delivery_modes(&known, &facts()), State::Sound, "poll, ping; ID tokens by RS256", ""),
            (
                delivery_modes(&known, &only_poll),
                State::Failed,
                "the server offers poll; the target file has a client for ping",
                "take [clients.ping] out",
            ),
            (
                delivery_modes(&known, &no_grant),
                State::Doubtful,
                "does not list the CIBA grant",
                "server's console: allow the CIBA grant",
            ),
            (
                delivery_modes(&known, &shared_secret),
                State::Doubtful,
                "HS256, none of which",
                "sign ID tokens",
            ),
        ]);
    }
}
