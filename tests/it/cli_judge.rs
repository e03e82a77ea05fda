//! The judge of authentication services by the command, over real sockets.

use serde_json::{Value, json as value};

use crate::cli::{Running, Scratch, free_address, json};

const PASSWORD: &str = "canary-basic-password";
const CLIENT_SECRET: &str = "canary-client-secret";

#[test]
fn the_mock_service_passes_and_the_folder_is_complete() {
    let scratch = Scratch::new("judge-mock");
    let ended = scratch.run(&[
        "judge",
        "auth-service",
        "--only",
        "auth-service/verify/*",
        "--only",
        "auth-service/decision/login",
        "--json",
        "--quiet",
        "--out",
        "out",
    ]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&summary["verdict"], &summary["checks"]["pass"]),
        (&"passed".into(), &12.into()),
        "{summary}"
    );
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["conformance"]["suite"]["selection"]["standard"], "auth-service");
    let table = std::fs::read_to_string(scratch.path("out/report.txt")).unwrap();
    assert!(table.starts_with("ciba-bench judge auth-service\n"), "{table}");
    for file in ["report.md", "junit.xml", "traceability.csv", "MANIFEST.sha256"] {
        assert!(
            std::fs::metadata(scratch.path("out").join(file)).is_ok_and(|file| file.len() > 100),
            "{file}"
        );
    }
}

#[test]
fn a_fault_is_found_and_told_with_its_exchange() {
    let scratch = Scratch::new("judge-fault");
    let check = "auth-service/decision/login-state";
    let ended = scratch.run(&["judge", "auth-service", "--fault", "login-state-missing", "--only", check]);
    assert_eq!(ended.code, 4, "{ended:?}");
    for text in [check, "AS-DECISION-02", "without `login_state`", "/accept, from the"] {
        assert!(ended.stdout.contains(text), "{text:?} is not in {ended:?}");
    }
    // A SHOULD fails the run only when that is asked for.
    let arguments = ["judge", "auth-service", "--fault", "verify-as-text", "--only", "*/verify/content-type"];
    assert_eq!(scratch.run(&arguments).code, 0);
    assert_eq!(scratch.run(&[&arguments[..], &["--fail-on", "should"]].concat()).code, 4);
}

/// `serve auth-service`, and the arguments with which it is judged.
fn served(scratch: &Scratch) -> (Running, Vec<String>) {
    served_with(scratch, &[])
}

fn served_with(scratch: &Scratch, more: &[&str]) -> (Running, Vec<String>) {
    let listen = free_address();
    let endpoint = format!("http://{listen}/default/system/oauth2/token");
    scratch.file("client", CLIENT_SECRET);
    scratch.file("basic", PASSWORD);
    let client = ["--client-id", "mine", "--client-secret", "file:client", "--token-endpoint", &endpoint];
    let listens = ["--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"];
    let basic = ["--user", "bank", "--password", "file:basic"];
    let mut service = Running::start(
        scratch,
        &[&["serve", "auth-service"], &client[..], &listens[..], &basic[..], more].concat(),
    );
    let url = service.value("authentication service URL");
    let words = format!(
        "judge auth-service {url} --username bank --password file:basic --client-id mine --client-secret file:client \
         --listen {listen}"
    );
    (service, words.split(' ').map(str::to_owned).collect())
}

#[test]
fn a_service_of_its_own_process_is_judged_and_no_secret_is_told() {
    let scratch = Scratch::new("judge-url");
    let (_service, arguments) = served(&scratch);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let only =
        ["--only", "auth-service/decision/login*", "--only", "auth-service/token/reused", "--out", "out"];
    let ended = scratch.run(&[&arguments[..], &only[..]].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    for file in ["record.json", "report.txt", "report.html", "report.md", "junit.xml"] {
        let text = std::fs::read_to_string(scratch.path("out").join(file)).unwrap();
        assert!(!text.contains("canary-"), "{file}: {text}");
    }
    // Whoever knows nobody as unknown does not keep to the contract.
    let ended = scratch.run(&[&arguments[..], &["--only", "auth-service/verify/unknown-user"]].concat());
    assert_eq!(ended.code, 4, "{ended:?}");
}

#[test]
fn load_follows_the_checks_and_has_spans_of_its_own() {
    let scratch = Scratch::new("judge-load");
    let only = ["judge", "auth-service", "--only", "auth-service/verify/known-user", "--quiet"];
    let ended = scratch.run(&[&only[..], &["--rate", "20", "--for", "2s", "--out", "out"]].concat());
    // A busy machine may miss a threshold (5) or make the generator late (6).
    assert!([0, 5, 6].contains(&ended.code), "{ended:?}");
    let record = json(&scratch.path("out/record.json"));
    let load = &record["load"];
    let started = load["flows"]["started"].as_u64().unwrap();
    assert!(started >= 20, "{load}");
    assert_eq!(record["conformance"]["violations"], value!([]));
    for span in ["verify_answer", "start_answer", "decide"] {
        let count = load["spans"][span]["count"].as_u64().unwrap_or_default();
        assert_eq!(count, started, "{span}: {}", load["spans"][span]);
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let scratch = Scratch::new("judge-refused");
    let judge = |more: &[&str]| scratch.run(&[&["judge", "auth-service"], more].concat());
    let secrets = ["--password", "file:secret", "--client-secret", "file:secret"];
    scratch.file("secret", "canary-secret");
    let with = |url: &'static str, more: &[&'static str]| judge(&[&[url], &secrets[..], more].concat());
    judge(&["http://127.0.0.1:1"]).refused(2, &["--password is missing", "--dry-run"]);
    judge(&["--only", "auth-service/nothing"]).refused(2, &["no check matches", "auth-service/token"]);
    judge(&["ftp://bank"]).refused(2, &["URL \"ftp://bank\"", "http or https"]);
    with("https://bank.example", &[])
        .refused(2, &["bank.example", "real phone", "--user is missing", "--allow-prompts"]);
    with("https://bank.example", &["--user", "me"]).refused(2, &["--allow-prompts is missing"]);
    with("http://127.0.0.1:1", &["--listen", "0.0.0.0:0"]).refused(2, &["--public-url"]);
    with("http://127.0.0.1:1", &["--listen", "127.0.0.1:0"])
        .refused(3, &["http://127.0.0.1:1/user/verify", "no connection"]);
    assert_eq!(scratch.names(), ["secret"], "nothing is left behind");
}

#[test]
fn a_dry_run_says_what_to_configure_and_sends_nothing() {
    let scratch = Scratch::new("judge-dry");
    let ended = scratch.run(&[
        "judge",
        "auth-service",
        "https://bank.example/as",
        "--dry-run",
        "--public-url",
        "https://tunnel.example",
        "--rate",
        "5",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for text in [
        "https://tunnel.example/default/system/oauth2/token",
        "https://tunnel.example/api/system/default",
        "client secret",
        "auth-service/start/before-deciding",
        "nothing was sent",
        "rate = 5.0",
    ] {
        assert!(ended.stdout.contains(text), "{text:?} is not in {ended:?}");
    }
}

#[test]
fn a_load_spreads_over_all_users_and_a_served_service_can_have_faults() {
    let scratch = Scratch::new("judge-users");
    let ended = scratch.run(&["serve", "auth-service", "--fault", "decides-thrice"]);
    ended.refused(2, &["decides-thrice"]);
    let ended = scratch.run(&[
        "judge",
        "auth-service",
        "--only",
        "auth-service/verify/known-user",
        "--quiet",
        "--user",
        "ann",
        "--user",
        "bob",
        "--rate",
        "10",
        "--for",
        "2s",
        "--out",
        "out",
    ]);
    assert!([0, 5, 6].contains(&ended.code), "{ended:?}");
    let record = json(&scratch.path("out/record.json"));
    assert_eq!(record["conformance"]["violations"], value!([]), "each user keeps their own subject");
    assert!(
        record["load"]["flows"]["outcomes"]["tokens"].as_u64().unwrap() >= 10,
        "{}",
        record["load"]["flows"]
    );
}

#[test]
fn who_refuses_and_who_thinks_is_named_for_a_service_of_its_own() {
    let scratch = Scratch::new("judge-named");
    let (_service, arguments) = served_with(&scratch, &["--fault", "denial-as-approval"]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let only = ["--only", "auth-service/decision/denial", "--quiet", "--json"];
    let verdict = |more: &[&str]| {
        let ended = scratch.run(&[&arguments[..], &only[..], more].concat());
        let summary: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
        summary["checks"].clone()
    };
    assert_eq!(verdict(&["--out", "one"])["not_applicable"], 1, "nobody is named who refuses");
    // Its plan approves everything, so that the one who is named does not refuse: just as the fault would have it.
    assert_eq!(verdict(&["--out", "two", "--refusing-user", "ann"])["fail"], 1);
}

#[test]
fn its_checks_and_faults_are_listed() {
    let scratch = Scratch::new("judge-listed");
    let checks = scratch.run(&["list", "auth-service-checks"]);
    assert!(checks.stdout.contains("auth-service/decision/denial-stands"), "{checks:?}");
    let faults = scratch.run(&["list", "auth-service-faults", "--json"]);
    let faults: Value = serde_json::from_str(&faults.stdout).unwrap();
    assert_eq!(faults.as_array().unwrap().len(), mock_auth_service::Fault::ALL.len());
}
