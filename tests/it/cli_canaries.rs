//! What stands behind `env:` in a target file comes out nowhere: not on the two streams, not in a log line, not in a file
//! of the results, not as it is, and not in what encodes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::cli::{Ended, SHORT_PROFILE, Scratch, served_op};

/// Keys of a target file whose values are secrets.
const SECRET_KEYS: [&str; 5] = ["client_secret", "password", "code", "private_key", "key"];

/// Puts a reference in the place of each secret, and gives the secrets by the names of their variables.
fn refer(value: &mut toml::Value, secrets: &mut BTreeMap<String, String>) {
    let Some(table) = value.as_table_mut() else { return };
    for (key, value) in table {
        match value.as_str().filter(|_| SECRET_KEYS.contains(&key.as_str())) {
            Some(secret) => {
                let name = format!("CANARY_{}", secrets.len());
                secrets.insert(name.clone(), secret.to_owned());
                *value = format!("env:{name}").into();
            }
            None => refer(value, secrets),
        }
    }
}

/// Everything that gives a secret away, as it may be met in a text without white space.
fn coats(secret: &str, id: &str) -> Vec<String> {
    // Of a private JWK, only one member is a secret that the public one does not hold, too.
    let jwk = serde_json::from_str::<serde_json::Value>(secret).ok();
    let secret = jwk.as_ref().and_then(|jwk| jwk["d"].as_str()).unwrap_or(secret).to_owned();
    let pair = format!("{id}:{secret}");
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let bases = [STANDARD.encode(&secret), URL_SAFE_NO_PAD.encode(&secret)];
    [secret, encoded, STANDARD.encode(pair)].into_iter().chain(bases).collect()
}

fn read_all(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read_all(&path, texts),
            false => {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                texts.push((path.display().to_string(), text));
            }
        }
    }
}

#[test]
fn no_command_shows_a_secret_of_the_target_file() {
    let scratch = Scratch::new("canaries");
    let (op, _) = served_op(&scratch, &[]);
    let text = fs::read_to_string(scratch.path("target.toml")).unwrap();
    let mut target: toml::Value = toml::from_str(&text).unwrap();
    let mut secrets = BTreeMap::new();
    refer(&mut target, &mut secrets);
    let keys = secrets.values().filter(|secret| secret.contains("\"d\"")).count();
    assert!(secrets.len() >= 8 && keys >= 2, "{} {keys}", secrets.len());
    target["load"] = toml::from_str("allow_load = true\nmax_rate = 100").unwrap();
    scratch.file("target.toml", &toml::to_string(&target).unwrap());
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let run = |arguments: &[&str]| {
        let mut command = scratch.command(arguments);
        command.envs(&secrets).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        Ended::of(&command.output().unwrap())
    };
    let to = ["--target", "target.toml"];
    let conformance = ["conformance", "--only", "ciba/7.1*", "--only", "oauth/7523/*", "--out", "suite"];
    let formats = ["--format", "table,json,hgrm,goose"];
    let mut texts = Vec::new();
    for (code, arguments) in [
        (0, [&["run", profile.as_str(), "--dry-run"][..], &to].concat()),
        (0, [&["run", profile.as_str(), "--out", "load"][..], &to, &formats].concat()),
        (0, [&conformance[..], &to].concat()),
        (0, [&["doctor"][..], &to].concat()),
        (0, [&["doctor", "--json"][..], &to].concat()),
    ] {
        let ended = run(&arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        texts.push((format!("{arguments:?}, standard output"), ended.stdout));
        texts.push((format!("{arguments:?}, standard error"), ended.stderr));
    }
    drop(op);
    // Nobody listens any more: what cannot be reached is told without secrets, too.
    let lost = run(&[&["run", profile.as_str(), "--out", "lost"][..], &to].concat());
    assert_eq!(lost.code, 3, "{lost:?}");
    texts.push(("a server that is gone".to_owned(), lost.stderr));
    // A reference that leads nowhere names itself.
    let missing = Ended::of(&scratch.command(&[&["doctor"][..], &to].concat()).output().unwrap());
    missing.refused(2, &["CANARY_0"]);
    for folder in ["load", "suite"] {
        read_all(&scratch.path(folder), &mut texts);
    }
    assert!(texts.len() > 15, "{}", texts.len());
    let ids = ["poll-client", "ping-client", "second-client", "embedded-op"];
    for (name, text) in &texts {
        let unwrapped: String = text.split_whitespace().collect();
        for secret in secrets.values() {
            for coat in ids.iter().flat_map(|id| coats(secret, id)) {
                assert!(!text.contains(&coat) && !unwrapped.contains(&coat), "{name} shows {coat}");
            }
        }
    }
}
