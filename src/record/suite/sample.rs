//! Suites for tests: one in which everything went well, and one that holds everything that a suite can hold.

use super::*;
use crate::ciba::Level;
use crate::record::{Exchange, polling_sample};

/// What a server may send to steer a terminal, a browser, a table or an XML parser. The last but one character is what
/// stands for bytes that are no UTF-8.
pub(crate) const NASTY: &str = "<script>alert('x')</script> |a|b| `code` ``` ]]> &amp; ![i](//h) @all =1+1 \u{1b}[2J\r\n\u{0}\u{85}\u{202e}\u{ffff}\u{fffd}é";

/// A suite of four checks that pass.
pub(crate) fn passed() -> SuiteRecord {
    let checks = vec![
        check("ciba/4/issuer", "4 Metadata", Level::Must, "the metadata name the issuer that was asked"),
        check("ciba/7.3/expires-in", "7.3 Acknowledgement", Level::Must, "expires_in is a positive integer"),
        check(
            "ciba/10.1.1/single-use",
            "10.1 Token request",
            Level::Plain,
            "an auth_req_id is redeemed once",
        ),
        check("ciba/11/pending", "11 Token error", Level::Must, "a poll before the decision says pending"),
    ];
    suite(checks)
}

/// A suite with every verdict, level, severity, standing, state of a deviation and state of a requirement.
pub(crate) fn everything() -> SuiteRecord {
    let mut suite = suite(every_check());
    suite.selection = Selection {
        standard: "core".to_owned(),
        only: vec!["ciba/**".to_owned()],
        level: Level::May,
        strict: true,
        fail_on: Level::Must,
        order_seed: Some(7),
        budget_s: Some(60),
    };
    suite.left_out = vec![LeftOut {
        check: "ciba/7.3/request-expires".to_owned(),
        reason: "takes 120 s, 18 s of the budget of 60 s were left".to_owned(),
    }];
    suite.requirements.extend(other_requirements());
    suite.polling = Some(polling_sample::polling());
    suite.deviations = deviations();
    suite.baseline = Some(Baseline {
        run_id: "77f0c2b19a0e4d35".to_owned(),
        failed: vec!["ciba/10.1/error-media-type".to_owned()],
        passed: vec!["ciba/11/conformant-poller".to_owned(), "ciba/7.3/interval-is-positive".to_owned()],
    });
    suite
}

fn every_check() -> Vec<CheckRecord> {
    checks_of_requests().into_iter().chain(checks_of_tokens()).collect()
}

fn checks_of_requests() -> Vec<CheckRecord> {
    vec![
        check("ciba/4/issuer", "4 Metadata", Level::Must, "the metadata name the issuer that was asked"),
        check("ciba/4/grant-type", "4 Metadata", Level::Must, "the metadata list the grant type of CIBA"),
        failed(
            check(
                "ciba/7.1/unknown-parameter",
                "7.1 Authentication request",
                Level::Should,
                "an unknown parameter is ignored",
            ),
            ("200 with auth_req_id", "400 invalid_request"),
        ),
        failed(
            check(
                "ciba/7.1/binding-message-limit",
                "7.1 Authentication request",
                Level::May,
                "a binding message of 20 characters is accepted",
            ),
            ("200 with auth_req_id", "400 invalid_binding_message"),
        ),
        failed(
            check("ciba/7.1/two-hints", "7.1 Authentication request", Level::Must, "two hints are refused"),
            ("400 invalid_request", "200 with auth_req_id"),
        ),
        failed(
            check(
                "ciba/7.3/interval-is-positive",
                "7.3 Acknowledgement",
                Level::Must,
                "interval, where it is named, is a positive integer",
            ),
            ("interval: a positive integer, or none", "interval: 0"),
        ),
        check("ciba/7.3/expires-in", "7.3 Acknowledgement", Level::Must, "expires_in is a positive integer"),
    ]
}

fn checks_of_tokens() -> Vec<CheckRecord> {
    vec![
        single_use(),
        failed(
            check(
                "ciba/10.1/error-media-type",
                "10.1 Token request",
                Level::Plain,
                "errors of the token endpoint are JSON",
            ),
            ("content-type: application/json", "content-type: text/html"),
        ),
        inconclusive(),
        with(
            check(
                "ciba/10.2/redirect-308",
                "10.2 Ping",
                Level::Must,
                "a redirect of the notification endpoint is not followed",
            ),
            Verdict::NotApplicable { reason: "the target file names no client for ping".to_owned() },
        ),
        with(
            check(
                "ciba/10.2/bearer",
                "10.2 Ping",
                Level::Must,
                "a ping carries the client's own notification token",
            ),
            Verdict::NotApplicable { reason: "the target file names no client for ping".to_owned() },
        ),
        with(
            check(
                "ciba/10.1/foreign-client",
                "10.1 Token request",
                Level::Must,
                "an auth_req_id of another client is refused",
            ),
            Verdict::NotApplicable { reason: "the target file names no second client".to_owned() },
        ),
        with(
            check("ciba/11/denied-is-stable", "11 Token error", Level::Must, "a denied request stays denied"),
            Verdict::Broken {
                reason: "step 4: the decision channel was used after it had been closed".to_owned(),
            },
        ),
        failed(
            check(
                "ciba/11/expired-token",
                "11 Token error",
                Level::Must,
                "an expired request answers expired_token",
            ),
            ("400 expired_token", "400 invalid_grant"),
        ),
        check("ciba/11/pending", "11 Token error", Level::Must, "a poll before the decision says pending"),
        failed(
            softer(check(
                "ciba/11/conformant-poller",
                POLLING_SECTION,
                Level::Should,
                "a client that keeps to the interval is never throttled",
            )),
            ("no poll is throttled", "the first poll was answered slow_down"),
        ),
        noted(check(
            "ciba/11/early-poll",
            POLLING_SECTION,
            Level::May,
            "an early poll is throttled, where the target requires it",
        )),
    ]
}

fn single_use() -> CheckRecord {
    let mut single_use = failed(
        check(
            "ciba/10.1.1/single-use",
            "10.1 Token request",
            Level::Plain,
            "an auth_req_id is redeemed once",
        ),
        ("400 invalid_grant", NASTY),
    );
    single_use.script = steps(&[
        ("send an authentication request: valid", Some(0.0)),
        ("given: acknowledged", Some(22.4)),
        ("the user approves", Some(22.6)),
        ("poll until settled", Some(31.0)),
        ("wait for the interval", Some(5_040.0)),
        ("poll", Some(10_041.0)),
        ("expect: 400 invalid_grant", Some(10_052.0)),
        ("poll", None),
    ]);
    let token = || Exchange {
        request: "POST http://127.0.0.1:41873/demo/bank/oauth2/token".to_owned(),
        form: "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=1c2661…".to_owned(),
        status: Some(200),
        headers: vec!["content-type: text/html".to_owned(), format!("x-nasty: {NASTY}")],
        body: format!("<html>{NASTY}</html>"),
        correlation_id: "c0ffee-10".to_owned(),
        trace_id: Some("4bf92f3577b34da6".to_owned()),
    };
    single_use.exchanges =
        [(0, 0.1), (3, 31.2), (3, 36.0), (3, 40.1), (3, 45.9), (3, 5_039.2), (5, 10_041.2)]
            .map(|(step, at_ms)| CheckExchange {
                step,
                at_ms,
                took_ms: 10.4,
                exchange: token(),
                failure: None,
            })
            .to_vec();
    single_use.verdict = Verdict::Fail {
        finding: Finding { step: 6, expected: "400 invalid_grant".to_owned(), actual: NASTY.to_owned() },
    };
    single_use
}

fn inconclusive() -> CheckRecord {
    let ping = check("ciba/10.2/ping-on-approval", "10.2 Ping", Level::Must, "an approval is notified");
    let finding = Finding {
        step: 1,
        expected: "200 with auth_req_id".to_owned(),
        actual: "no answer: the connection was reset".to_owned(),
    };
    let mut ping = with(ping, Verdict::Inconclusive { finding });
    let sent = &mut ping.exchanges[0];
    sent.exchange.status = None;
    sent.exchange.headers.clear();
    sent.exchange.body.clear();
    sent.failure = Some("the connection was reset".to_owned());
    ping
}

fn check(id: &str, section: &str, level: Level, title: &str) -> CheckRecord {
    let answered = Exchange {
        request: "POST http://127.0.0.1:41873/demo/bank/backchannel/authentication".to_owned(),
        form: "scope=openid&login_hint=user-1&binding_message=W4SCT".to_owned(),
        status: Some(200),
        headers: vec!["content-type: application/json".to_owned()],
        body: r#"{"auth_req_id":"1c2661…","expires_in":120,"interval":0}"#.to_owned(),
        correlation_id: String::new(),
        trace_id: None,
    };
    CheckRecord {
        id: id.to_owned(),
        section: section.to_owned(),
        title: title.to_owned(),
        level,
        softer: None,
        covers: vec![requirement_of(id)],
        verdict: Verdict::Pass,
        started_ms: 0.0,
        took_ms: 0.0,
        slot: 0,
        script: steps(&[
            ("send an authentication request: valid", Some(0.0)),
            (&format!("expect: {title}"), Some(12.5)),
        ]),
        exchanges: vec![CheckExchange {
            step: 0,
            at_ms: 0.1,
            took_ms: 12.1,
            exchange: answered,
            failure: None,
        }],
        notes: Vec::new(),
    }
}

fn steps(of: &[(&str, Option<f64>)]) -> Vec<StepRecord> {
    of.iter().map(|(text, at_ms)| StepRecord { text: (*text).to_owned(), at_ms: *at_ms }).collect()
}

fn with(mut check: CheckRecord, verdict: Verdict) -> CheckRecord {
    check.verdict = verdict;
    if matches!(check.verdict, Verdict::NotApplicable { .. }) {
        check.exchanges.clear();
        check.script.iter_mut().for_each(|step| step.at_ms = None);
    }
    check
}

fn failed(check: CheckRecord, (expected, actual): (&str, &str)) -> CheckRecord {
    let finding = Finding { step: 1, expected: expected.to_owned(), actual: actual.to_owned() };
    with(check, Verdict::Fail { finding })
}

fn softer(mut check: CheckRecord) -> CheckRecord {
    check.softer = Some("the sentence lets a server choose its policy".to_owned());
    check
}

fn noted(mut check: CheckRecord) -> CheckRecord {
    check.notes = vec!["polls at 0.1, 0.25 and 0.5 of the interval were answered slow_down".to_owned()];
    check
}

/// Every check in one of two slots, one after another; those that do not apply take no time.
fn suite(mut checks: Vec<CheckRecord>) -> SuiteRecord {
    let mut ends = [0.0_f64; 2];
    for (n, check) in checks.iter_mut().enumerate() {
        check.slot = n % ends.len();
        check.started_ms = ends[check.slot];
        if !matches!(check.verdict, Verdict::NotApplicable { .. }) {
            let script_ms = check.script.iter().filter_map(|step| step.at_ms).fold(0.0, f64::max);
            check.took_ms = script_ms + 30.0 * (n + 1) as f64;
            ends[check.slot] += check.took_ms + 0.2;
        }
    }
    let requirements = checks.iter().map(requirement).collect();
    SuiteRecord {
        selection: Selection {
            standard: "core".to_owned(),
            only: Vec::new(),
            level: Level::May,
            strict: false,
            fail_on: Level::Must,
            order_seed: None,
            budget_s: None,
        },
        jobs: ends.len(),
        took_ms: ends.into_iter().fold(0.0, f64::max),
        checks,
        left_out: Vec::new(),
        requirements,
        polling: None,
        deviations: Vec::new(),
        baseline: None,
    }
}

/// `ciba/7.3/expires-in` observes `CORE-7.3-expires-in`.
fn requirement_of(id: &str) -> String {
    id.replacen("ciba/", "CORE-", 1).replace('/', "-")
}

fn requirement(check: &CheckRecord) -> RequirementRecord {
    let section = check.id.split('/').nth(1).unwrap_or_default();
    RequirementRecord {
        id: requirement_of(&check.id),
        citation: format!("CIBA Core 1.0, {section}"),
        level: check.level,
        text: format!("A server must be such that {}", check.title),
        official: if section == "7.3" {
            vec!["discovery-endpoint-verification".to_owned()]
        } else {
            Vec::new()
        },
        state: RequirementState::ByChecks { checks: vec![check.id.clone()] },
    }
}

fn other_requirements() -> Vec<RequirementRecord> {
    let other = |id: &str, text: &str, state: RequirementState| RequirementRecord {
        id: id.to_owned(),
        citation: "CIBA Core 1.0, 7.1.1".to_owned(),
        level: Level::Must,
        text: text.to_owned(),
        official: vec!["ensure-request-object-signature-algorithm-is-not-none".to_owned(), "poll".to_owned()],
        state,
    };
    let hidden = |reason: &str| RequirementState::Unobservable { reason: reason.to_owned() };
    vec![
        other("CORE-15-01", "The user is told who asks", hidden("it is about what a screen shows")),
        other("CORE-15-02", "Hints are not stored", hidden("it is about what the server keeps")),
        other(
            "CORE-7.3-04",
            "A request expires",
            RequirementState::ByChecks { checks: vec!["ciba/7.3/request-expires".to_owned()] },
        ),
    ]
}

fn deviations() -> Vec<DeviationRecord> {
    [
        ("ciba/7.1/two-hints", DeviationState::Known, "2027-01-31"),
        ("ciba/11/expired-token", DeviationState::Expired, "2026-02-28"),
        ("ciba/11/pending", DeviationState::NoLongerHappens, "2027-01-31"),
        ("ciba/7.3/request-expires", DeviationState::NotSeen, "2027-01-31"),
    ]
    .map(|(check, state, until)| DeviationRecord {
        check: check.to_owned(),
        reason: "the vendor's ticket 4711 | <b>next release</b>".to_owned(),
        owner: "identity team".to_owned(),
        until: until.to_owned(),
        state,
    })
    .to_vec()
}
