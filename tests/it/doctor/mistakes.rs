//! One thing is wrong at a time: each mistake is one failure, and its remedy names the place.

use super::ward::{Ward, assert_one, at, waylay};
use super::{ALL_BUT_RARE, finding_of};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ciba_bench::doctor::{Examination, Finding, State};
use ciba_bench::world::WorldSettings;
use reference_op::{ClientSettings, Fault};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn what_the_server_publishes_wrongly_is_found() {
    use Examination::{BackchannelEndpoint, DeliveryModes, Issuer, Keys, Metadata, TokenEndpoint};
    type Case =
        (&'static str, fn(&Request) -> Option<Response>, State, (Examination, &'static str, &'static str));
    let cases: [Case; 7] = [
        (
            "a login page",
            |request| at(request, "openid-configuration").then(|| "<html>login".into_response()),
            State::Failed,
            (Metadata, "begins \"<html>login\"", "target file: issuer"),
        ),
        (
            "no such workspace",
            |request| at(request, "openid-configuration").then(|| StatusCode::NOT_FOUND.into_response()),
            State::Failed,
            (Metadata, "status 404", "the URL before /.well-known"),
        ),
        (
            "no CIBA",
            |request| {
                let without = json!({"issuer": "http://op.localhost/default/ciba",
                    "token_endpoint": "http://op.localhost/t", "jwks_uri": "http://op.localhost/j"});
                at(request, "openid-configuration").then(|| without.to_string().into_response())
            },
            State::Failed,
            (Metadata, "no backchannel_authentication_endpoint", "server's console: allow the CIBA grant"),
        ),
        (
            "no keys",
            |request| at(request, "jwks.json").then(|| "{\"keys\":[]}".into_response()),
            State::Failed,
            (Keys, "0 keys, none that verifies", "publish at jwks_uri"),
        ),
        (
            "keys are a page",
            |request| at(request, "jwks.json").then(|| "<html>".into_response()),
            State::Failed,
            (Keys, "not a JSON object with an array", "a JSON Web Key Set"),
        ),
        (
            "a proxy redirects the token endpoint",
            |request| {
                let moved = (StatusCode::FOUND, [(header::LOCATION, "https://sso.test/")]);
                at(request, "/ciba/oauth2/token").then(|| moved.into_response())
            },
            State::Failed,
            (TokenEndpoint, "302, a redirect to \"https://sso.test/\"", "in front of the server"),
        ),
        (
            "a gateway refuses",
            |request| {
                let refused = (StatusCode::FORBIDDEN, "Forbidden by policy");
                let without_credentials = request.headers().get(header::AUTHORIZATION).is_none();
                (at(request, "/backchannel/authentication") && without_credentials)
                    .then(|| refused.into_response())
            },
            State::Doubtful,
            (BackchannelEndpoint, "403 \"Forbidden by policy\"", "gateway"),
        ),
    ];
    for (name, answer, state, expected) in cases {
        let ward = Ward::new();
        ward.instead(answer);
        assert_one(name, &ward.examine().await, state, expected);
    }
    for (fault, state, expected) in [
        (
            Fault::MetadataDeadEndpoint,
            State::Failed,
            (
                BackchannelEndpoint,
                "404 not_found",
                "backchannel_authentication_endpoint in the metadata names",
            ),
        ),
        (
            Fault::MetadataWithoutCibaGrant,
            State::Doubtful,
            (DeliveryModes, "does not list the CIBA grant", "server's console: allow the CIBA grant"),
        ),
        (
            Fault::MetadataWithoutPoll,
            State::Failed,
            (
                DeliveryModes,
                "the server offers ping; the target file has a client for poll",
                "[clients.poll] out",
            ),
        ),
    ] {
        assert_one(fault.name(), &Ward::faulty(fault).examine().await, state, expected);
    }
    let slash = Ward::new().edited("/default/ciba\"", "/default/ciba/\"");
    let expected =
        (Issuer, "they have to be equal", "target file: issuer = \"http://op.localhost/default/ciba\"");
    assert_one("a slash", &slash.examine().await, State::Failed, expected);
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_compared() {
    for (ahead, state, seen) in [
        (2, State::Sound, "2 s ahead"),
        (4, State::Doubtful, "4 s ahead of ours; more than 5 s would break"),
        (30, State::Failed, "30 s ahead of ours: every ID token would be issued in the future"),
        (-30, State::Doubtful, "30 s behind ours"),
        (-1000, State::Failed, "1000 s behind ours"),
    ] {
        let ward = Ward::new();
        ward.dated(ahead);
        let diagnosis = ward.examine().await;
        let finding = finding_of(&diagnosis, Examination::Clock);
        assert!(finding.state == state && finding.seen.contains(seen), "{ahead}: {finding:?}");
        assert_eq!(diagnosis.is_usable(), state != State::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_as_registered_is_named() {
    use Examination::{AuthenticationRequest, PingFlow, PollClient, SecondClient, UnregisteredClient};
    let wrong = "client_secret (or private_key) and authentication, as the server's console has them";
    let register = "grant type urn:openid:params:grant-type:ciba, token delivery mode";
    for (name, from, to, expected) in [
        ("secret", "\"env:poll-client\"", "\"env:wrong\"", (PollClient, "401 invalid_client", wrong)),
        (
            "method",
            "second-poll-client\"\nauthentication = \"client_secret_post",
            "second-poll-client\"\nauthentication = \"client_secret_basic",
            (
                SecondClient,
                "by client_secret_basic",
                "the metadata list client_secret_basic, client_secret_post",
            ),
        ),
        ("id", "\"client-without-ciba\"\n", "\"nobody\"\n", (UnregisteredClient, "\"nobody\"", wrong)),
        (
            "no CIBA",
            "client_id = \"poll-client\"\nclient_secret = \"env:poll-client\"",
            "client_id = \"client-without-ciba\"\nclient_secret = \"env:client-without-ciba\"",
            (PollClient, "unauthorized_client", register),
        ),
        (
            "a ping client for poll",
            "client_id = \"poll-client\"\nclient_secret = \"env:poll-client\"",
            "client_id = \"ping-client\"\nclient_secret = \"env:ping-client\"",
            (AuthenticationRequest, "400 invalid_request", "token delivery mode poll"),
        ),
        (
            "a poll client for ping",
            "client_id = \"ping-client\"\nclient_secret = \"env:ping-client\"",
            "client_id = \"poll-client\"\nclient_secret = \"env:poll-client\"",
            (
                PingFlow,
                "no ping came within 10 s; the tokens are there for a poll",
                "token delivery mode ping, client notification endpoint https://client.localhost/notify-callback",
            ),
        ),
        (
            "scope",
            "client_id = \"poll-client\"",
            "scope = \"openid nothing-of-the-kind\"\nclient_id = \"poll-client\"",
            (
                AuthenticationRequest,
                "400 invalid_scope",
                "target file: clients.poll.scope (now \"openid nothing",
            ),
        ),
    ] {
        let ward = Ward::new().edited(from, to);
        assert_one(name, &ward.examine().await, State::Failed, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_between_server_and_authentication_service_is_found() {
    use Examination::{Correlation, Decision, UserPrompt, UserVerification};
    let other_password = |request: &mut Request| {
        // op:another
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, HeaderValue::from_static("Basic b3A6YW5vdGhlcg=="));
    };
    let basic = "authentication_service.username and password; they have to be the same on both sides";
    let address = "URL http://authentication-service.localhost; network: the server has to reach it";

    let ward = Ward::new();
    waylay(&ward, "/user/verify", other_password);
    // Our own call bears no credentials either.
    let expected = (UserVerification, "called once with wrong or missing HTTP Basic credentials", basic);
    assert_one("password", &ward.examine().await, State::Failed, expected);

    let ward = Ward::new();
    waylay(&ward, "/authentication/start", other_password);
    let expected = (UserPrompt, "with wrong or missing HTTP Basic credentials", basic);
    assert_one("password at start", &ward.examine().await, State::Failed, expected);

    let mut elsewhere = WorldSettings::default();
    elsewhere.op.workspaces[0].authentication_service =
        Some(reference_op::AuthenticationServiceSettings::External {
            url: "http://nowhere.localhost".to_owned(),
            user: "op".to_owned(),
            password: "password".into(),
        });
    let expected =
        (UserVerification, "no call of /user/verify arrived; the client was answered 500", address);
    assert_one("address", &Ward::with(elsewhere).examine().await, State::Failed, expected);

    let ward = Ward::new();
    ward.instead(|request| {
        at(request, "/system/oauth2/token").then(|| StatusCode::UNAUTHORIZED.into_response())
    });
    let expected =
        (Decision, "answered 401", "target file: authentication_service.system.client_id, client_secret and");
    assert_one("system client", &ward.examine().await, State::Failed, expected);

    let ward = Ward::new();
    ward.instead(|request| at(request, "/accept").then(|| StatusCode::NOT_FOUND.into_response()));
    let expected = (Decision, "the server answered 404", "authentication_service.api_base");
    assert_one("api_base", &ward.examine().await, State::Failed, expected);

    let altered = Ward::faulty(Fault::BindingMessageAltered);
    let expected = (Correlation, "arrived", "target file: correlation = \"user\"");
    assert_one("binding message", &altered.examine().await, State::Failed, expected);
    let by_user = altered.edited("subject", "correlation = \"user\"\nsubject").examine().await;
    assert!(by_user.is_usable() && by_user.count(State::Sound) == ALL_BUT_RARE, "{by_user:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_does_not_come_or_comes_wrongly_is_found() {
    use Examination::PingFlow;
    let ping_to = |endpoint: &str| {
        let mut settings = WorldSettings::default();
        settings.op.workspaces[0].clients = vec![
            ClientSettings::poll("poll-client", "poll-secret"),
            ClientSettings::ping("ping-client", "ping-secret", endpoint),
        ];
        Ward::with(settings)
    };
    let register = "client \"ping-client\", grant type urn:openid:params:grant-type:ciba, token delivery mode ping, client \
                    notification endpoint https://client.localhost/notify-callback";
    for (name, ward, seen, remedy) in [
        (
            "unreachable",
            ping_to("http://nowhere.localhost/notify-callback"),
            "no ping came within 10 s; the tokens are there for a poll; our endpoint answers ourselves at \
             https://client.localhost/notify-callback",
            register,
        ),
        (
            "path",
            ping_to("https://client.localhost/callback"),
            "\"POST\" \"/callback\" came with another path",
            "notification.path = \"/callback\"",
        ),
        ("not sent", Ward::faulty(Fault::PingNotSent), "no ping came within 10 s", register),
        (
            "token",
            Ward::faulty(Fault::PingWrongToken),
            "came with a bearer token that is not this request's",
            "a ping bears the client_notification_token of its own request",
        ),
        ("method", Ward::faulty(Fault::PingByPut), "\"PUT\"", "a ping is a POST"),
    ] {
        let mut diagnosis = ward.examine().await;
        // These worlds have fewer clients.
        for finding in &mut diagnosis.findings {
            if finding.seen == "the target file names none" {
                finding.stands_on = Some(PingFlow);
            }
        }
        assert_one(name, &diagnosis, State::Failed, (PingFlow, seen, remedy));
    }
    let text = Ward::faulty(Fault::PingAsText).examine().await;
    assert_one("form", &text, State::Doubtful, (PingFlow, "CIBA Core 1.0, 10.2", "ciba-bench conformance"));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_looked_at() {
    use Examination::{PollFlow, Subject, UnknownUser};
    let opaque = Ward::faulty(Fault::WrongSub).examine().await;
    let expected = (Subject, "subject = \"hint\" says that they are equal", "subject = \"stable_per_user\"");
    assert_one("sub", &opaque, State::Failed, expected);

    let forged = Ward::faulty(Fault::WrongAud).examine().await;
    let wrong: Vec<&Finding> =
        forged.findings.iter().filter(|finding| finding.state != State::Sound).collect();
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong.iter().all(|finding| finding.state == State::Doubtful && finding.seen.contains("3.1.3.7")));
    assert_eq!(wrong[0].examination, PollFlow);

    let anybody = Ward::faulty(Fault::UnknownUserAcknowledged).examine().await;
    let expected = (UnknownUser, "acknowledged, as if the user were known", "conformance.unknown_user");
    assert_one("anybody", &anybody, State::Doubtful, expected);
}
