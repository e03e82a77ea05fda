use super::console::registered;
use crate::cli::columns::columns;
use crate::cli::next_steps::called;
use crate::record::command_line;
use crate::target::file::{AuthenticationService, FileSecret, SecretReference, TargetFile};

/// What a server may have that no question is about: its keys, and what they are for.
const NOT_ASKED: [[&str; 2]; 6] = [
    ["[clients.push]", "a client for push"],
    ["private_key, certificate", "clients that sign, or authenticate by a certificate"],
    ["[tls]", "authorities to trust; a server behind a tunnel"],
    ["[open_banking]", "consents that a flow begins with"],
    ["[user_codes], [login_hint_token]", "what users type, and signed hints"],
    ["[registration]", "clients that the checks register by themselves"],
];

/// What remains to be done on this machine with the file that lies at `path`.
pub fn here(target: &TargetFile, path: &str) -> String {
    let mut text = format!("\nhere:\n{}", columns("  ", &secrets(target)));
    let not_asked = NOT_ASKED.map(|row| row.map(str::to_owned));
    text.push_str(&format!(
        "\nnot asked about here, and explained in {path}:\n{}",
        columns("  ", &not_asked)
    ));
    text.push_str("\nthen:\n");
    let (called, file) = (called(), command_line(&[path]));
    for words in ["target check", "doctor --target"] {
        text.push_str(&format!("  {called} {words} {file}\n"));
    }
    // The built-in profiles mix poll and ping flows.
    let profile = match (&target.clients.poll, &target.clients.ping) {
        (Some(_), Some(_)) => "smoke",
        (None, _) => "smoke-ping.toml",
        (Some(_), None) => "smoke-poll.toml",
    };
    if let Some(mode) = profile.strip_prefix("smoke-").and_then(|rest| rest.strip_suffix(".toml")) {
        text.push_str(&format!("  {called} profile show smoke --mode {mode} > {profile}\n"));
    }
    text.push_str(&format!("  {called} run {profile} --target {file}\n"));
    text.push_str(&format!("  {called} conformance --target {file}\n"));
    for line in not_yet(target, path) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// What has to be exported or put into files, and what it is.
fn secrets(target: &TargetFile) -> Vec<[String; 2]> {
    let mut whose: Vec<(&FileSecret, String)> = registered(target)
        .iter()
        .filter_map(|client| {
            Some((client.entry.proof.secret()?, format!("the secret of {}", client.entry.client_id)))
        })
        .collect();
    if let AuthenticationService::Embedded(service) = &target.authentication_service {
        whose.push((&service.password, format!("the password of {}, of your own choice", service.username)));
        let system = &service.system;
        whose.push((&system.client_secret, format!("the secret of {}", system.client_id)));
    }
    if let AuthenticationService::ApprovalUrl(service) = &target.authentication_service {
        whose.push((&service.url, "the URL that decides, with {auth_req_id} and {action} in it".to_owned()));
    }
    let mut rows: Vec<[String; 2]> = Vec::new();
    for (secret, what) in whose {
        let place = match &secret.reference {
            SecretReference::Env(name) => format!("export {name}=.."),
            SecretReference::File(path) => format!("write the file {path}, beside the target file"),
            SecretReference::Inline => continue,
        };
        match rows.iter_mut().find(|[known, _]| *known == place) {
            Some([_, whose]) => whose.push_str(&format!(", {what}")),
            None => rows.push([place, format!("# {what}")]),
        }
    }
    rows
}

/// What will be refused off loopback until the file says more.
fn not_yet(target: &TargetFile, path: &str) -> Vec<String> {
    if target.issuer.is_loopback() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if !target.load.allow_load {
        lines.push(format!(
            "run sends nothing until [load] of {path} says what the server's owner has agreed to"
        ));
    }
    if target.conformance.users.is_empty() {
        lines.push(format!(
            "conformance sends nothing until [conformance] users of {path} says who may be asked"
        ));
    }
    lines
}
