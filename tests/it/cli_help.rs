//! Help texts are part of the product: what changes in them is to be seen. `UPDATE_GOLDEN=1 cargo test` rewrites them.

use crate::cli::Scratch;
use crate::golden;

const COMMANDS: [&str; 23] = [
    "",
    "run",
    "conformance",
    "compare",
    "gate",
    "judge auth-service",
    "capacity",
    "selftest",
    "plan",
    "explain",
    "report",
    "target",
    "target init",
    "target check",
    "target show",
    "doctor",
    "profile",
    "profile check",
    "profile show",
    "keys",
    "list",
    "serve op",
    "serve auth-service",
];

#[test]
fn help_texts() {
    let scratch = Scratch::new("help");
    let mut text = String::new();
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let ended = scratch.run(&arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
        let stdout: Vec<&str> = ended.stdout.lines().map(str::trim_end).collect();
        text.push_str(&format!("$ ciba-bench {}\n{}\n\n", arguments.join(" "), stdout.join("\n")));
    }
    golden::compare("help.txt", &text);
}

#[test]
fn the_exit_codes_are_in_the_help_and_in_the_list() {
    let scratch = Scratch::new("codes");
    let (help, list) = (scratch.run(&["--help"]).stdout, scratch.run(&["list", "exit-codes"]).stdout);
    assert_eq!(list.lines().count(), 9);
    assert!(list.lines().all(|line| help.contains(line.trim())), "{list}");
    assert_eq!(scratch.run(&["--version"]).stdout, format!("ciba-bench {}\n", env!("CARGO_PKG_VERSION")));
    let nothing = scratch.run(&[]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
}
