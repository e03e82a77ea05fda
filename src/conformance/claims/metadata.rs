use crate::ciba::CIBA_GRANT_TYPE;
use crate::conformance::scene::cut;
use crate::conformance::{Claim, Scene, Unheld};
use serde_json::Value;
use url::{Host, Url};

/// Delivery modes of CIBA Core 1.0.
const MODES: [&str; 3] = ["poll", "ping", "push"];

const MODES_MEMBER: &str = "backchannel_token_delivery_modes_supported";
const ENDPOINT_MEMBER: &str = "backchannel_authentication_endpoint";
const ALGS_MEMBER: &str = "backchannel_authentication_request_signing_alg_values_supported";
const USER_CODE_MEMBER: &str = "backchannel_user_code_parameter_supported";
const METHODS_MEMBER: &str = "token_endpoint_auth_methods_supported";
const GRANTS_MEMBER: &str = "grant_types_supported";
const ALIASES_MEMBER: &str = "mtls_endpoint_aliases";

/// The delivery modes are ones that a client can know.
pub const DELIVERY_MODES_KNOWN: Claim =
    Claim::Holds("delivery modes: a non-empty array of poll, ping and push", |scene: &Scene| {
        delivery_modes(scene.fetched_metadata()?)
    });

/// The endpoint is named in full.
pub const ENDPOINT_LISTED: Claim =
    Claim::Holds("a backchannel authentication endpoint that is an absolute URL", |scene: &Scene| {
        endpoint(scene.fetched_metadata()?)
    });

/// Signatures of requests are made with keys that the server cannot have.
pub const SIGNING_ALGS_ASYMMETRIC: Claim = Claim::Holds(
    "signing algorithms of requests, if listed: an array of names, neither none nor symmetric",
    |scene: &Scene| signing_algs(scene.fetched_metadata()?),
);

/// The flag is one.
pub const USER_CODE_FLAG_BOOLEAN: Claim =
    Claim::Holds("the user code flag: absent or a boolean", |scene: &Scene| {
        match scene.fetched_metadata()?.get(USER_CODE_MEMBER) {
            None | Some(Value::Bool(_)) => Ok(()),
            Some(other) => Err(shown(other).into()),
        }
    });

/// The grant of CIBA is among those that the server says it has.
pub const CIBA_GRANT_LISTED: Claim = Claim::Holds("the CIBA grant type is listed", |scene: &Scene| {
    lists(scene.fetched_metadata()?, GRANTS_MEMBER, CIBA_GRANT_TYPE)
});

/// The methods by which the target's clients are registered are among those that the server says it has.
pub const AUTH_METHODS_LISTED: Claim =
    Claim::Holds("the clients' authentication methods are listed", |scene: &Scene| {
        let clients = &scene.surface.clients;
        let others = [&clients.ping, &clients.second].into_iter().flatten();
        let methods = others.chain([&clients.main]).map(|client| client.authentication.name());
        auth_methods(scene.fetched_metadata()?, methods)
    });

/// Nothing travels in the clear. Plain http never leaves a machine when it goes to its own loopback address.
pub const ENDPOINTS_OVER_TLS: Claim =
    Claim::Holds("every listed endpoint is https", |scene: &Scene| over_tls(scene.fetched_metadata()?));

/// Push is not offered.
pub const PUSH_NOT_LISTED: Claim = Claim::Holds("push is not listed", |scene: &Scene| {
    match lists(scene.fetched_metadata()?, MODES_MEMBER, "push") {
        Ok(()) => Err("push is listed".into()),
        Err(_) => Ok(()),
    }
});

/// Poll is offered.
pub const POLL_LISTED: Claim =
    Claim::Holds("poll is listed", |scene: &Scene| lists(scene.fetched_metadata()?, MODES_MEMBER, "poll"));

fn delivery_modes(metadata: &Value) -> Result<(), Unheld> {
    let known = |mode: &Value| mode.as_str().is_some_and(|mode| MODES.contains(&mode));
    match metadata.get(MODES_MEMBER) {
        Some(Value::Array(modes)) if !modes.is_empty() && modes.iter().all(known) => Ok(()),
        Some(other) => Err(shown(other).into()),
        None => Err(format!("no {MODES_MEMBER}").into()),
    }
}

fn endpoint(metadata: &Value) -> Result<(), Unheld> {
    match metadata.get(ENDPOINT_MEMBER) {
        Some(Value::String(text)) if Url::parse(text).is_ok_and(|url| url.has_host()) => Ok(()),
        Some(other) => Err(shown(other).into()),
        None => Err(format!("no {ENDPOINT_MEMBER}").into()),
    }
}

fn signing_algs(metadata: &Value) -> Result<(), Unheld> {
    let Some(listed) = metadata.get(ALGS_MEMBER) else { return Ok(()) };
    let asymmetric = |alg: &Value| {
        alg.as_str().is_some_and(|alg| {
            !alg.is_empty()
                && !alg.eq_ignore_ascii_case("none")
                && !alg.to_ascii_uppercase().starts_with("HS")
        })
    };
    match listed.as_array() {
        Some(algs) if algs.iter().all(asymmetric) => Ok(()),
        Some(_) | None => Err(shown(listed).into()),
    }
}

fn lists(metadata: &Value, member: &str, name: &str) -> Result<(), Unheld> {
    match metadata.get(member) {
        Some(Value::Array(names)) if names.iter().any(|listed| listed.as_str() == Some(name)) => Ok(()),
        Some(other) => Err(shown(other).into()),
        None => Err(format!("no {member}").into()),
    }
}

/// Where no methods are listed HTTP Basic is the only one (OpenID Connect Discovery 1.0, 3).
fn auth_methods<'a>(metadata: &Value, methods: impl Iterator<Item = &'a str>) -> Result<(), Unheld> {
    let default = [Value::from("client_secret_basic")];
    let listed = match metadata.get(METHODS_MEMBER) {
        None => default.as_slice(),
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(other) => return Err(shown(other).into()),
    };
    for method in methods {
        if !listed.iter().any(|name| name.as_str() == Some(method)) {
            return Err(format!("{method} is not listed").into());
        }
    }
    Ok(())
}

fn over_tls(metadata: &Value) -> Result<(), Unheld> {
    let aliases = metadata.get(ALIASES_MEMBER);
    let endpoints = members(metadata).chain(aliases.into_iter().flat_map(members));
    let mut loopback = false;
    for (name, text) in endpoints {
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" => {}
            Ok(url) if url.scheme() == "http" && is_loopback(&url) => loopback = true,
            Ok(_) | Err(_) => return Err(format!("{name} = {:?}", cut(text)).into()),
        }
    }
    match loopback {
        true => Err(Unheld::DoesNotApply("the server is reached by plain http on loopback".to_owned())),
        false => Ok(()),
    }
}

/// The issuer, the keys and the endpoints of a document, as far as they are texts.
fn members(document: &Value) -> impl Iterator<Item = (&str, &str)> {
    let named = |name: &str| name == "issuer" || name == "jwks_uri" || name.ends_with("_endpoint");
    let members = document.as_object().into_iter().flatten();
    members
        .filter(move |(name, _)| named(name))
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// Whether the host is this machine: by its address, or by a name that means nothing else (RFC 6761, 6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Verdict = Result<(), Unheld>;

    fn is_no(verdict: &Verdict) -> bool {
        matches!(verdict, Err(Unheld::No(_)))
    }

    #[test]
    fn delivery_modes_are_drawn_from_three() {
        for good in [json!(["poll"]), json!(["ping", "poll"]), json!(["push"])] {
            assert_eq!(delivery_modes(&json!({ MODES_MEMBER: good })), Ok(()));
        }
        for bad in [json!([]), json!("poll"), json!(["poll", "pigeon"]), json!([1]), json!(null)] {
            assert!(is_no(&delivery_modes(&json!({ MODES_MEMBER: bad }))), "{bad}");
        }
        assert!(is_no(&delivery_modes(&json!({}))));
    }

    #[test]
    fn the_endpoint_is_absolute() {
        assert_eq!(endpoint(&json!({ ENDPOINT_MEMBER: "https://op.example/bc" })), Ok(()));
        for bad in [json!("/bc"), json!("bc"), json!(""), json!(["https://op.example"]), json!("mailto:a@b")]
        {
            assert!(is_no(&endpoint(&json!({ ENDPOINT_MEMBER: bad }))), "{bad}");
        }
    }

    #[test]
    fn signing_algorithms_are_asymmetric() {
        assert_eq!(signing_algs(&json!({})), Ok(()));
        for good in [json!([]), json!(["ES256", "PS256", "EdDSA"])] {
            assert_eq!(signing_algs(&json!({ ALGS_MEMBER: good })), Ok(()));
        }
        for bad in [json!(["ES256", "none"]), json!(["HS256"]), json!("ES256"), json!([256]), json!([""])] {
            assert!(is_no(&signing_algs(&json!({ ALGS_MEMBER: bad }))), "{bad}");
        }
    }

    #[test]
    fn unlisted_methods_mean_http_basic() {
        let judged = |metadata: &Value, method| auth_methods(metadata, [method].into_iter());
        assert_eq!(judged(&json!({}), "client_secret_basic"), Ok(()));
        assert!(is_no(&judged(&json!({}), "client_secret_post")));
        let listed = json!({ METHODS_MEMBER: ["client_secret_post"] });
        assert_eq!(judged(&listed, "client_secret_post"), Ok(()));
        assert!(is_no(&judged(&listed, "client_secret_basic")));
        assert!(is_no(&judged(&json!({ METHODS_MEMBER: "client_secret_basic" }), "client_secret_basic")));
    }

    #[test]
    fn plain_http_is_excused_on_loopback_only() {
        let judged = |issuer: &str, alias: &str| {
            over_tls(&json!({ "issuer": issuer, "acr_values_supported": ["http://acr"],
                ALIASES_MEMBER: { "token_endpoint": alias } }))
        };
        assert_eq!(judged("https://op.example", "https://mtls.op.example/t"), Ok(()));
        for alias in ["http://mtls.op.example/t", "ftp://op.example/t", "/t", "http://10.0.0.1/t"] {
            assert!(is_no(&judged("https://op.example", alias)), "{alias}");
            assert!(is_no(&judged("http://127.0.0.1:4000", alias)), "{alias}");
        }
        for issuer in ["http://127.0.0.1:4000", "http://[::1]", "http://localhost/x", "http://op.localhost"] {
            let verdict = judged(issuer, "https://op.example/t");
            assert!(matches!(verdict, Err(Unheld::DoesNotApply(_))), "{issuer}");
        }
    }
}
