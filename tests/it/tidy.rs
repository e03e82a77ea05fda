//! What the repository promises about itself, as far as it can be told from its files alone.

use crate::sources::{blanked, files, root, text, tokens, without_tests};
use ciba_bench::analysis::Exit;
use ciba_bench::ciba::Named;
use ciba_bench::record::Span;

/// Longest file, in lines.
const LINES_MAX: usize = 400;

/// Files that are longer, up to how many lines, and why. An entry that is no longer needed fails.
const LONG_FILES: &[(&str, usize, &str)] = &[
    ("src/flow/machine.rs", 750, "one state machine, half of it its table of scenarios"),
    ("reference_op/src/fault/table.rs", 500, "one table, with two lines for most faults"),
];

/// Where a library of somebody else's lies as it came.
const VENDORED: &str = "/uplot/";

/// Longest this page of a few minutes may get, in lines.
const ARCHITECTURE_LINES_MAX: usize = 260;

/// Folder names under which anything could be put.
const VAGUE_FOLDERS: [&str; 6] = ["util", "common", "helpers", "core", "types", "manager"];

/// Pages whose links and paths are followed.
const PAGES: [&str; 14] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/FINDINGS.md",
    "docs/GLOSSARY.md",
    "docs/METHODOLOGY.md",
    "docs/METRICS.md",
    "reports/README.md",
    "reports/samples/oidc-provider/README.md",
    "reports/samples/keycloak/README.md",
    "reports/samples/smoke/README.md",
    "examples/keycloak/README.md",
    "examples/oidc-provider/README.md",
    "examples/secureauth/README.md",
];

/// The two commands of the README.
const COMMANDS: [&str; 2] = ["cargo run --release -- run", "cargo test --workspace"];

fn rust_files() -> Vec<String> {
    let files = files("", &[".rs"]);
    assert!(files.len() > 150, "the test sees files: {}", files.len());
    files
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    let pages = files("src", &[".js", ".css"]).into_iter().filter(|file| !file.contains(VENDORED));
    for file in rust_files().into_iter().chain(files("examples", &[".mjs", ".sh"])).chain(pages) {
        let lines = text(&file).lines().count();
        let entry = LONG_FILES.iter().find(|(name, ..)| *name == file);
        let allowed = entry.map_or(LINES_MAX, |(_, lines, _)| *lines);
        assert!(lines <= allowed, "{file}: {lines} lines, at most {allowed}; divide it by what it is about");
        if lines > LINES_MAX {
            long.push(file);
        }
    }
    for (name, _, reason) in LONG_FILES {
        assert!(
            long.iter().any(|file| file == name),
            "{name} is short now: strike it from the list ({reason})"
        );
    }
    let lines = text("ARCHITECTURE.md").lines().count();
    assert!(lines < ARCHITECTURE_LINES_MAX, "ARCHITECTURE.md: {lines} lines");
}

#[test]
fn only_clocks_read_the_time() {
    let mut clocks = 0;
    for file in rust_files() {
        let code = blanked(&text(&file));
        let reads = code.contains("Instant::now(") || code.contains("SystemTime::now(");
        if file.ends_with("/clock.rs") {
            clocks += usize::from(reads);
        } else if file.starts_with("benches/") {
            // Criterion is handed a clock's reading, and there is no product to be tested under paused time.
        } else {
            assert!(!reads, "{file}: reads the time; it is to be handed a clock or an instant");
        }
    }
    assert_eq!(clocks, 3, "one clock.rs in each crate");
}

#[test]
fn nothing_is_left_for_later() {
    let macros = ["todo!", "unimplemented!", "#[ignore", "dbg!("];
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX:")];
    for file in rust_files() {
        let text = text(&file);
        let code = blanked(&text);
        for word in macros {
            assert!(!code.contains(word), "{file}: {word}");
        }
        for mark in marks {
            assert!(!text.contains(mark), "{file}: {mark}");
        }
    }
}

#[test]
fn no_path_of_one_machine_is_in_any_file() {
    let folders = [concat!("/", "work"), concat!("/", "tmp"), concat!("/", "home"), concat!("/", "root")];
    let endings = [
        ".rs",
        ".toml",
        ".md",
        ".yml",
        ".json",
        ".txt",
        ".hgrm",
        ".mjs",
        ".sh",
        ".py",
        "/run",
        ".ci/oidc-provider",
        ".ci/keycloak",
    ];
    for file in files("", &endings) {
        let text = text(&file);
        for folder in folders {
            let begins =
                |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "/._-}>".contains(c));
            let ends =
                |at: usize| !text[at + folder.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
            let found = text.match_indices(folder).find(|(at, _)| begins(*at) && ends(*at));
            assert_eq!(found, None, "{file}: names a folder of one machine");
        }
    }
}

#[test]
fn folders_have_names_that_mean_something() {
    for file in rust_files() {
        let vague = file.split('/').find(|part| VAGUE_FOLDERS.contains(&part.trim_end_matches(".rs")));
        assert_eq!(vague, None, "{file}");
    }
}

#[test]
fn modules_open_with_what_they_are_for() {
    for file in rust_files() {
        let is_head = ["/mod.rs", "/lib.rs", "/main.rs"].iter().any(|name| file.ends_with(name));
        if is_head || file == "src/clock.rs" || file.starts_with("tests/") {
            assert!(text(&file).starts_with("//! "), "{file}: begins with //! and what it is for");
        }
    }
}

#[test]
fn heads_of_modules_hold_declarations_only() {
    let items = ["fn", "struct", "enum", "impl", "trait"];
    for file in files("src", &["/mod.rs", "/lib.rs"]) {
        let code = blanked(&text(&file));
        let (tokens, _) = without_tests(tokens(&code));
        let item = tokens.iter().find_map(|(line, token)| match token {
            crate::sources::Token::Ident(name) if items.contains(name) => {
                Some(format!("{file}:{line}: {name}"))
            }
            crate::sources::Token::Ident(_)
            | crate::sources::Token::PathSeparator
            | crate::sources::Token::Other(_) => None,
        });
        assert_eq!(item, None, "code goes into a file with a name");
    }
}

#[test]
fn the_two_commands_are_what_the_pipeline_runs() {
    let (readme, pipeline) = (text("README.md"), text(".ci/run"));
    for command in COMMANDS {
        let lines = |page: &str, line: &str| page.lines().filter(|found| found.trim() == line).count();
        assert_eq!(
            lines(&readme, command),
            1,
            "README.md: {command} stands there once, on a line of its own"
        );
        let called = pipeline.lines().any(|line| line.trim().starts_with(command));
        assert!(called, ".ci/run does not call {command}");
    }
    assert!(pipeline.lines().any(|line| line.trim() == COMMANDS[1]), ".ci/run: {} literally", COMMANDS[1]);
    assert!(text(".github/workflows/ci.yml").contains(".ci/run"));
}

/// What the pages say about the server that somebody else wrote, held against its files and the pipeline.
#[test]
fn the_example_server_is_what_the_pages_say() {
    let folder = "examples/oidc-provider";
    let (page, clients, faults) = (
        text(&format!("{folder}/README.md")),
        text(&format!("{folder}/clients.mjs")),
        text(&format!("{folder}/faults.mjs")),
    );
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |name: &str| rows.iter().any(|row| row.contains(&format!("`{name}`")));
    let ids = clients.split("client_id: '").skip(1).filter_map(|rest| rest.split_once('\''));
    let names = faults.lines().filter_map(|line| line.strip_prefix("  '")?.split_once("':"));
    let told: Vec<&str> = ids.chain(names).map(|(name, _)| name).collect();
    assert!(told.len() > 20, "the test sees clients and faults: {told:?}");
    for name in told {
        assert!(row(name), "{folder}/README.md has no row for {name}");
    }
    let [install, start, run] = [
        "npm ci --prefix examples/oidc-provider",
        "examples/oidc-provider/start.sh",
        "cargo run --release -- conformance --target profiles/targets/oidc-provider.toml",
    ];
    for page in [page.as_str(), &text("README.md")] {
        let mut lines = page.lines().map(str::trim).skip_while(|line| *line != install);
        assert_eq!([lines.next(), lines.next(), lines.next()], [Some(install), Some(start), Some(run)]);
    }
    assert!(text(".ci/run").contains("\n.ci/oidc-provider "), ".ci/run calls .ci/oidc-provider");
    let locked = text(&format!("{folder}/package-lock.json"));
    assert!(!locked.contains("\"resolved\""), "package-lock.json: names the host of one registry");
}

/// The same of the other one.
#[test]
fn the_other_example_server_is_what_the_pages_say() {
    let folder = "examples/keycloak";
    let (page, start) = (text(&format!("{folder}/README.md")), text(&format!("{folder}/start.sh")));
    let usage = start.split("cat <<EOF").nth(1).and_then(|rest| rest.split("EOF").next()).unwrap();
    let flags: Vec<&str> =
        usage.lines().filter_map(|line| line.trim().strip_prefix("--")?.split(' ').next()).collect();
    assert!(flags.len() > 7, "{flags:?}");
    for flag in flags {
        assert!(page.contains(&format!("| `--{flag}")), "{folder}/README.md has no row for --{flag}");
    }
    let version = start.lines().find_map(|line| line.strip_prefix("VERSION=")).unwrap();
    for file in [
        "README.md",
        "docs/FINDINGS.md",
        "reports/samples/keycloak/README.md",
        "profiles/targets/keycloak.toml",
    ] {
        assert!(text(file).contains(version), "{file} speaks of another version than {version}");
    }
    let [start, run] = [
        "examples/keycloak/start.sh",
        "cargo run --release -- conformance --target profiles/targets/keycloak.toml",
    ];
    for page in [page.as_str(), &text("README.md")] {
        let mut lines = page.lines().map(str::trim).skip_while(|line| *line != start);
        assert_eq!([lines.next(), lines.next()], [Some(start), Some(run)]);
    }
    assert!(text(".ci/run").contains("\n.ci/keycloak "), ".ci/run calls .ci/keycloak");
}

#[test]
fn the_readme_lists_every_exit_code() {
    let readme = text("README.md");
    let rows: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "| exit code | meaning |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected = Exit::ALL.map(|exit| format!("| {} | {} |", exit.code(), exit.about()));
    assert_eq!(rows, expected);
}

#[test]
fn folders_and_spans_are_explained() {
    let glossary = text("docs/GLOSSARY.md");
    let entry = |name: &str| glossary.lines().any(|line| line.starts_with(&format!("- `{name}`: ")));
    for file in files("src", &["/mod.rs"]) {
        if let [_, folder, _] = file.split('/').collect::<Vec<_>>()[..] {
            assert!(entry(folder), "docs/GLOSSARY.md has no line for the folder {folder}");
        }
    }
    for folder in ["mock_auth_service", "reference_op"] {
        assert!(entry(folder), "docs/GLOSSARY.md has no line for {folder}");
    }
    let annotated = text("profiles/annotated.toml");
    let metrics: Vec<&str> = annotated.split_whitespace().collect();
    for span in Span::ALL {
        assert!(entry(span.name()), "docs/GLOSSARY.md has no line for the span {span}");
        assert!(
            metrics.contains(&span.name()),
            "profiles/annotated.toml does not list {span} for thresholds"
        );
    }
}

#[test]
fn links_and_paths_in_the_pages_lead_somewhere() {
    let mut followed = 0;
    for page in PAGES {
        let folder = root().join(page).parent().unwrap().to_owned();
        let text = text(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap_or_default();
            assert!(folder.join(path).exists(), "{page}: a link to {link}, which does not exist");
            followed += 1;
        }
        for path in text.split('`').skip(1).step_by(2).filter(|quoted| is_path(quoted)) {
            assert!(root().join(path).exists(), "{page}: names {path}, which does not exist");
            followed += 1;
        }
    }
    assert!(followed > 60, "the test sees links and paths: {followed}");
}

/// Whether a quotation is the path of a file or folder of this repository. Results of runs and a reader's own files are
/// not.
fn is_path(quoted: &str) -> bool {
    let folders = [
        "src/",
        "tests/",
        "reference_op/",
        "mock_auth_service/",
        "profiles/",
        "docs/",
        ".ci/",
        "benches/",
        "examples/",
    ];
    let own = ["profiles/mine.toml", "profiles/targets/mine.toml"];
    folders.iter().any(|folder| quoted.starts_with(folder))
        && !quoted.contains(['<', '*', '{', ' ', ':'])
        && !own.contains(&quoted)
}
