//! `examples/secureauth/`: its target file, filled in as its page says, works against a server that lies as SecureAuth does.

use std::fs;
use std::process::Command;

use toml::{Table, Value};

use crate::cli::{Running, SHORT_PROFILE, Scratch, get, served_op};

/// The names of fields and views by which SecureAuth's documentation leads through its console.
const CONSOLE: [&str; 10] = [
    "OAuth > Authorization Server",
    "Allowed grant types",
    "Token delivery modes supported",
    "EXTERNAL",
    "SIMULATOR",
    "Authentication service URL",
    "Basic Auth Username",
    "Basic Auth Password",
    "Token delivery mode",
    "Client notification endpoint",
];

fn example(name: &str) -> String {
    fs::read_to_string(format!("{}/examples/secureauth/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn table<'t>(target: &'t mut Table, path: &str) -> &'t mut Table {
    path.split('.').fold(target, |table, name| table[name].as_table_mut().unwrap())
}

/// The example, with what a reader copies from the console taken from the file that the embedded OP has written; and the
/// variables that a reader exports.
fn filled_in(written: &Table) -> (String, Vec<(String, String)>) {
    let mut target: Table = example("target.toml").parse().unwrap();
    let mut exports = Vec::new();
    target.insert("issuer".to_owned(), written["issuer"].clone());
    for place in [
        "clients.poll",
        "clients.ping",
        "clients.second",
        "authentication_service",
        "authentication_service.system",
    ] {
        let mut source = written.clone();
        let source = table(&mut source, place).clone();
        let place = table(&mut target, place);
        for (key, value) in place.iter_mut() {
            match value.as_str().and_then(|text| text.strip_prefix("env:")) {
                Some(variable) => {
                    exports.push((variable.to_owned(), source[key].as_str().unwrap().to_owned()))
                }
                None if key == "kind" || value.is_table() => {}
                None => *value = source.get(key).cloned().unwrap_or_else(|| value.clone()),
            }
        }
        // No proxy is needed on one machine.
        place.remove("public_url");
        if let Some(method) = source.get("authentication") {
            place.insert("authentication".to_owned(), method.clone());
        }
    }
    let listen = written["notification"]["listen"].clone();
    let notification = table(&mut target, "notification");
    notification.remove("public_url");
    notification.insert("listen".to_owned(), listen);
    (toml::to_string(&Value::Table(target)).unwrap(), exports)
}

fn succeeds(mut command: Command, exports: &[(String, String)]) -> String {
    let ended = command.envs(exports.iter().cloned()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(0), "{command:?}\n{stdout}\n{stderr}");
    stdout
}

#[test]
fn the_steps_of_the_page_end_in_reports() {
    let scratch = Scratch::new("secureauth");
    let (_op, _) = served_op(&scratch, &[]);
    let written: Table = fs::read_to_string(scratch.path("target.toml")).unwrap().parse().unwrap();
    let (target, exports) = filled_in(&written);
    assert_eq!(exports.len(), 5, "{exports:?}");
    let target = scratch.file("secureauth.toml", &target);
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let checked = succeeds(scratch.command(&["target", "check", &target]), &exports);
    assert!(checked.contains(written["issuer"].as_str().unwrap()), "{checked}");
    let doctor = succeeds(scratch.command(&["doctor", "--target", &target]), &exports);
    assert!(doctor.contains("ping flow"), "{doctor}");
    let judged = succeeds(
        scratch.command(&["conformance", "--target", &target, "--only", "ciba/7.3/*", "--out", "judged"]),
        &exports,
    );
    assert!(judged.contains("exit code 0"), "{judged}");
    succeeds(scratch.command(&["run", &profile, "--target", &target, "--out", "loaded"]), &exports);
    assert!(fs::metadata(scratch.path("loaded/report.html")).unwrap().len() > 0);
}

#[test]
fn the_authentication_service_of_a_target_file_runs_alone() {
    let scratch = Scratch::new("auth-service-of-target");
    let (_op, _) = served_op(&scratch, &[]);
    let written: Table = fs::read_to_string(scratch.path("target.toml")).unwrap().parse().unwrap();
    let arguments = ["serve", "auth-service", "--target", "target.toml", "--management", "127.0.0.1:0"];
    let mut service = Running::start(&scratch, &arguments);
    let listen = written["authentication_service"]["listen"].as_str().unwrap();
    assert_eq!(service.value("authentication service URL"), format!("http://{listen}"));
    let management = service.value("management");
    // A run that brings no authentication service of its own.
    let mut outside = written.clone();
    outside.remove("authentication_service");
    let outside = scratch.file("outside.toml", &toml::to_string(&outside).unwrap());
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let ended = scratch.run(&["run", &profile, "--target", &outside, "--out", "run"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(get(&management, "/history").contains("user-"), "the service was not asked");
    let refused = scratch.run(&["serve", "auth-service", "--target", &outside]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("authentication_service.kind"), "{refused:?}");
}

#[test]
fn the_page_names_the_fields_of_the_console_and_the_keys_of_the_file() {
    let page = example("README.md");
    for field in CONSOLE {
        assert!(page.contains(field), "{field}");
    }
    let target = example("target.toml");
    let variables = target.split("env:").skip(1).map(|rest| rest.split('"').next().unwrap());
    for variable in variables {
        assert!(page.contains(&format!("{variable}=..")), "{variable} is exported nowhere on the page");
    }
    for key in ["public_url", "username", "client_id", "token_endpoint", "api_base", "path"] {
        assert!(page.contains(key), "{key}");
    }
}
