//! `ciba-bench keys`: files for tests that a target file can name.

use crate::cli::{Ended, Scratch};
use ciba_bench::tls::TestAuthority;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn keys_are_made_for_this_user_alone_and_never_overwritten() {
    let scratch = Scratch::new("keys");
    let folder = scratch.path("made/here");
    let out = folder.to_str().unwrap();
    let ended = scratch.run(&["keys", "--out", out]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    assert!(ended.stdout.starts_with("Keys for tests. Never use them in production"), "{ended:?}");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, name != "jwks.json", "{name} has {mode:o}");
        let text = fs::read_to_string(entry.path()).unwrap();
        assert_eq!(text.starts_with("-----BEGIN PRIVATE KEY-----"), name.ends_with(".pem"), "{name}");
        names.push(name);
    }
    assert_eq!(names.len(), 9, "{names:?}");
    let set: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("jwks.json")).unwrap()).unwrap();
    assert!(
        set["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none() && key.get("p").is_none())
    );

    for (name, alg) in [("test-PS256.pem", "PS256"), ("test-EdDSA.private.jwk.json", "EdDSA")] {
        let target = format!(
            "issuer = \"http://127.0.0.1:9/t\"\n[clients.poll]\nclient_id = \"c\"\n\
             authentication = \"private_key_jwt\"\nprivate_key = \"file:made/here/{name}\"\nsigning_alg = \"{alg}\"\n"
        );
        let file = scratch.file("target.toml", &target);
        let checked = scratch.run(&["target", "check", &file]);
        assert_eq!(checked.code, 0, "{checked:?}");
    }
    scratch
        .run(&["keys", "--out", out, "--alg", "ES256"])
        .refused(2, &["test-ES256.pem", "never overwritten"]);
    scratch.run(&["keys", "--out", out, "--alg", "HS256"]).refused(2, &["HS256"]);
}

#[test]
fn certificates_are_made_for_a_target_file() {
    let scratch = Scratch::new("certificates");
    let folder = scratch.path("tls");
    let out = folder.to_str().unwrap();
    let ended = scratch.run(&["keys", "--tls", "--out", out, "--client", "acme", "--host", "op.example"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    assert!(ended.stdout.starts_with("Keys for tests. Never use them in production"), "{ended:?}");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, name.ends_with(".key"), "{name} has {mode:o}");
        names.push(name);
    }
    names.sort();
    assert_eq!(
        names,
        [
            "acme.key",
            "acme.pem",
            "acme.self-signed.jwks.json",
            "acme.self-signed.key",
            "acme.self-signed.pem",
            "authority.pem",
            "server.key",
            "server.pem"
        ]
    );
    let target = |certificate: &str, key: &str| {
        let text = format!(
            "issuer = \"https://127.0.0.1:9/t\"\n[tls]\nroots = \"file:tls/authority.pem\"\n[clients.poll]\n\
             client_id = \"acme\"\nauthentication = \"tls_client_auth\"\ncertificate = \"file:tls/{certificate}\"\n\
             certificate_key = \"file:tls/{key}\"\n"
        );
        scratch.file("target.toml", &text)
    };
    let checked = scratch.run(&["target", "check", &target("acme.pem", "acme.key")]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let checked = scratch.run(&["target", "check", &target("acme.self-signed.pem", "acme.self-signed.key")]);
    assert_eq!(checked.code, 0, "{checked:?}");
    scratch.run(&["target", "check", &target("acme.pem", "server.key")]).refused(
        2,
        &[
            "clients.poll.certificate_key: file:tls/server.key",
            "does not belong to the certificate of CN=acme",
        ],
    );
    scratch.run(&["keys", "--tls", "--out", out]).refused(2, &["authority.pem", "never overwritten"]);
    scratch.run(&["keys", "--tls", "--out", out, "--client", "../x"]).refused(2, &["letters, digits"]);

    // The same pair serves an OP.
    let served = |key: &str| {
        let pem = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (certificate, key) = (pem("server.pem"), pem(key));
        ["serve", "op", "--listen", "127.0.0.1:0", "--tls-cert", &certificate, "--tls-key", &key]
            .map(str::to_owned)
    };
    let arguments = served("acme.key");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    scratch
        .run(&arguments)
        .refused(2, &["--tls-key", "acme.key", "does not belong to the certificate of CN=localhost"]);
    let day = std::time::Duration::from_secs(1_546_300_800);
    scratch.file("expired.pem", &TestAuthority::self_signed("old", day).unwrap().certificate);
    let text = fs::read_to_string(target("acme.pem", "acme.key")).unwrap();
    let text = text.replace("file:tls/authority.pem", "file:expired.pem");
    scratch
        .run(&["target", "check", &scratch.file("late.toml", &text)])
        .refused(2, &["tls.roots", "which expired at 2020-01-01T00:00:00Z"]);
}

#[test]
fn the_target_file_for_fapi_ciba_fits_the_keys_that_its_comments_have_made() {
    let scratch = Scratch::new("fapi-target");
    let example = include_str!("../../profiles/targets/fapi_ciba.toml");
    let commands = example.lines().filter_map(|line| line.strip_prefix("#     ciba-bench "));
    let mut made = 0;
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        let ended = scratch.run(&arguments);
        assert_eq!(ended.code, 0, "{ended:?}");
        made += 1;
    }
    assert_eq!(made, 2, "the comments name the commands");
    let file = scratch.file("fapi_ciba.toml", example);
    let mut command = scratch.command(&["target", "check", &file]);
    command.env("AUTHENTICATION_SERVICE_PASSWORD", "p").env("SYSTEM_CLIENT_SECRET", "s");
    let checked = Ended::of(&command.output().unwrap());
    assert_eq!(checked.code, 0, "{checked:?}");
}
