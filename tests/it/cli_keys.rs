//! `ciba-bench keys`: files for tests that a target file can name.

use crate::cli::Scratch;
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
