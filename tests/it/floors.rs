//! The floor plan of `ARCHITECTURE.md` against the source: who imports whom.

use crate::sources::{Token, Tokens, blanked, files, text, tokens, without_tests};
use std::collections::{BTreeMap, BTreeSet};

/// The first row of the floor plan, and of the table of crates that are named in few places.
const FLOORS_HEAD: &str = "| floor | module | may import |";
const CRATES_HEAD: &str = "| crate | named only in |";

/// Member crates that stand in the floor plan among the modules.
const MEMBERS: [&str; 2] = ["mock_auth_service", "reference_op"];

/// What stands in the plan for the floor that may import all others.
const EVERYTHING: &str = "everything";

struct Row {
    floor: u32,
    imports: BTreeSet<String>,
}

type Plan = BTreeMap<String, Row>;

/// Rows of the table that begins with `head`, cell by cell.
fn table(head: &str) -> Vec<Vec<String>> {
    let page = text("ARCHITECTURE.md");
    let rows: Vec<Vec<String>> = page
        .lines()
        .skip_while(|line| *line != head)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table that begins with {head}");
    rows
}

fn names(cell: &str) -> BTreeSet<String> {
    cell.split(',')
        .map(|name| name.trim().trim_matches('`').to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn plan() -> Plan {
    let mut plan = Plan::new();
    for row in table(FLOORS_HEAD) {
        let [floor, module, imports] = row.as_slice() else { panic!("a row of three cells: {row:?}") };
        let floor = floor.parse().unwrap_or_else(|_| panic!("a floor is a number: {row:?}"));
        let row = Row { floor, imports: names(imports) };
        assert!(
            plan.insert(module.trim_matches('`').to_owned(), row).is_none(),
            "{module} stands there twice"
        );
    }
    let floors: Vec<(String, u32)> = plan.iter().map(|(name, row)| (name.clone(), row.floor)).collect();
    for row in plan.values_mut().filter(|row| row.imports.contains(EVERYTHING)) {
        let below = floors.iter().filter(|(_, floor)| *floor < row.floor).map(|(name, _)| name.clone());
        row.imports = below.chain(MEMBERS.map(str::to_owned)).collect();
    }
    plan
}

/// Something that code of the suite names.
struct Path {
    /// Module of the suite that names it.
    from: String,
    file: String,
    line: usize,
    /// A module of the suite, or a crate, by its first name.
    to: String,
    /// Whether it is a module of the suite.
    ours: bool,
}

/// Every path of the suite's code that leaves its module. Tests are exempt: they may look wherever they like.
fn paths() -> Vec<Path> {
    let sources = files("src", &[".rs"]);
    let mut read = Vec::new();
    let mut exempt = BTreeSet::new();
    for file in &sources {
        let code = blanked(&text(file));
        let (tokens, test_files) = without_tests(tokens(&code));
        let found = found(&tokens, modules_of(file).len());
        exempt.extend(test_files.iter().flat_map(|name| places_of(file, name)));
        read.push((file, found));
    }
    let mut paths = Vec::new();
    for (file, found) in read.into_iter().filter(|(file, _)| !exempt.contains(file.as_str())) {
        let from = modules_of(file).first().cloned().unwrap_or_else(|| "main".to_owned());
        paths.extend(found.into_iter().map(|(line, to, ours)| Path {
            from: from.clone(),
            file: file.clone(),
            line,
            to,
            ours,
        }));
    }
    paths
}

/// `src/load/engine/ending.rs` is the module `load::engine::ending`.
fn modules_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inner.split('/').filter(|name| !matches!(*name, "lib" | "main" | "mod")).map(str::to_owned).collect()
}

/// Where the file of a module may be that `parent` declares.
fn places_of(parent: &str, name: &str) -> [String; 2] {
    let folder = match parent.strip_suffix("/mod.rs").or_else(|| parent.strip_suffix("/lib.rs")) {
        Some(folder) => folder,
        None => parent.trim_end_matches(".rs"),
    };
    [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]
}

/// Paths from the root, whether by `crate::`, by the library's own name or by enough `super::`, and the first names of
/// all other paths. `depth` is the number of modules that the file lies in.
fn found(tokens: &Tokens<'_>, depth: usize) -> Vec<(usize, String, bool)> {
    let mut found = Vec::new();
    let word = |at: usize| match tokens.get(at) {
        Some((_, Token::Ident(name))) => Some(*name),
        Some((_, Token::PathSeparator | Token::Other(_))) | None => None,
    };
    let separated = |at: usize| matches!(tokens.get(at), Some((_, Token::PathSeparator)));
    for (at, (line, _)) in tokens.iter().enumerate() {
        let begins = at == 0 || !separated(at - 1);
        let Some(first) = word(at).filter(|_| begins && separated(at + 1)) else { continue };
        let climbed = (0..).take_while(|step| word(at + 2 * step) == Some("super")).count();
        let inside = match first {
            "crate" | "ciba_bench" => at + 2,
            "super" if depth > 0 && climbed >= depth => at + 2 * climbed,
            name => {
                found.push((*line, name.to_owned(), false));
                continue;
            }
        };
        found.extend(heads(tokens, inside).into_iter().map(|(line, name)| (line, name, true)));
    }
    found
}

/// The name at `at`, or the first names of the group `{a::b, c}` that begins there.
fn heads(tokens: &Tokens<'_>, at: usize) -> Vec<(usize, String)> {
    match tokens.get(at) {
        Some((line, Token::Ident(name))) => vec![(*line, (*name).to_owned())],
        Some((_, Token::Other('{'))) => {
            let mut heads = Vec::new();
            let mut depth = 0;
            for (line, token) in &tokens[at..] {
                match token {
                    Token::Other('{') => depth += 1,
                    Token::Other('}') if depth == 1 => break,
                    Token::Other('}') => depth -= 1,
                    Token::Other(',') if depth == 1 => heads.push(None),
                    Token::Ident(name) if depth == 1 => {
                        if heads.is_empty() {
                            heads.push(None);
                        }
                        if let Some(head @ None) = heads.last_mut() {
                            *head = Some((*line, (*name).to_owned()));
                        }
                    }
                    Token::Ident(_) | Token::PathSeparator | Token::Other(_) => {}
                }
            }
            heads.into_iter().flatten().collect()
        }
        Some(_) | None => Vec::new(),
    }
}

#[test]
fn modules_import_what_the_floor_plan_allows_and_nothing_else() {
    let plan = plan();
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for Path { from, file, line, to, ours } in paths() {
        let counts = ours || MEMBERS.contains(&to.as_str());
        if !counts || from == to {
            continue;
        }
        let Some(row) = plan.get(&from) else {
            problems.push(format!("{file}:{line}: module {from} has no row in the floor plan"));
            continue;
        };
        if !row.imports.contains(&to) {
            problems.push(format!(
                "{file}:{line}: {from} (floor {}) imports {to}{}; the floor plan of ARCHITECTURE.md allows {:?}",
                row.floor,
                plan.get(&to).map(|row| format!(" (floor {})", row.floor)).unwrap_or_default(),
                row.imports
            ));
        }
        used.insert((from, to));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(used.len() > 40, "the test sees imports: {used:?}");
    let unused: Vec<_> = plan
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "cli" | "main"))
        .flat_map(|(name, row)| row.imports.iter().map(move |import| (name.clone(), import.clone())))
        .filter(|allowed| !used.contains(allowed))
        .collect();
    assert!(unused.is_empty(), "the floor plan allows what nobody needs; take it out: {unused:?}");
}

#[test]
fn the_floor_plan_is_complete_and_strict() {
    let plan = plan();
    let modules: BTreeSet<String> =
        files("src", &[".rs"]).iter().filter_map(|file| modules_of(file).first().cloned()).collect();
    let rows: BTreeSet<String> = plan.keys().filter(|name| *name != "main").cloned().collect();
    assert_eq!(rows, modules, "the rows of the floor plan are the modules of src/");
    for (name, row) in &plan {
        for import in row.imports.iter().filter(|import| !MEMBERS.contains(&import.as_str())) {
            let below =
                plan.get(import).unwrap_or_else(|| panic!("{name} imports {import}, which has no row"));
            assert!(
                below.floor < row.floor,
                "{name} (floor {}) may only import from below, and {import} is on floor {}",
                row.floor,
                below.floor
            );
        }
    }
}

#[test]
fn modules_say_on_which_floor_they_are() {
    for (name, row) in plan() {
        let path = format!("src/{name}/mod.rs");
        if !files("src", &["/mod.rs"]).contains(&path) {
            continue;
        }
        let head: String = text(&path).lines().take_while(|line| line.starts_with("//!")).collect();
        let said = format!("Floor {}", row.floor);
        assert!(
            head.match_indices(&said)
                .any(|(at, _)| !head[at + said.len()..].starts_with(|c: char| c.is_ascii_digit())),
            "{path}: its first lines have to say {said}"
        );
    }
}

#[test]
fn some_crates_are_named_in_few_places() {
    let paths = paths();
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    for row in table(CRATES_HEAD) {
        let [name, allowed] = row.as_slice() else { panic!("a row of two cells: {row:?}") };
        let (name, allowed) = (name.trim_matches('`'), names(allowed));
        assert!(
            dependencies.contains_key(&name.replace('_', "-")) || dependencies.contains_key(name),
            "{name}"
        );
        for path in paths.iter().filter(|path| !path.ours && path.to == name) {
            assert!(
                allowed.contains(&path.from),
                "{}:{}: {name} is named outside {allowed:?}; ARCHITECTURE.md keeps it there",
                path.file,
                path.line
            );
        }
    }
}

#[test]
fn the_accused_and_the_instrument_depend_on_nothing_of_ours() {
    for member in MEMBERS {
        let manifest: toml::Table = text(&format!("{member}/Cargo.toml")).parse().unwrap();
        let dependencies = manifest.iter().filter(|(name, _)| name.ends_with("dependencies"));
        let names: Vec<&String> =
            dependencies.flat_map(|(_, table)| table.as_table().unwrap().keys()).collect();
        assert!(names.len() > 10, "{member}: the test sees dependencies: {names:?}");
        assert!(
            !manifest.contains_key("target"),
            "{member}: dependencies of a platform are not looked at here"
        );
        let ours =
            |name: &&&String| MEMBERS.contains(&name.as_str()) || name.replace('-', "_") == "ciba_bench";
        assert_eq!(names.iter().find(ours), None, "{member} depends on a crate of this workspace");
    }
}

#[test]
fn paths_are_seen_in_every_form() {
    let code = "use crate::a::B; use crate::{c::{D, e}, f, g as h}; fn i() -> crate::j::K { super::super::l::m() } \
                use super::n; impl $crate::o::P for Q {} use goose::r::S; let t = a::goose::u;";
    let found = found(&tokens(code), 2);
    let ours: Vec<_> = found.iter().filter(|(_, _, ours)| *ours).map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(ours, ["a", "c", "f", "g", "j", "l", "o"]);
    let others: Vec<_> =
        found.iter().filter(|(_, _, ours)| !*ours).map(|(_, name, _)| name.as_str()).collect();
    // Names inside a group count as well; no crate is called like one.
    assert_eq!(others, ["c", "super", "goose", "a"]);
    assert_eq!(modules_of("src/load/engine/ending.rs"), ["load", "engine", "ending"]);
    assert_eq!(modules_of("src/load/mod.rs"), ["load"]);
    assert_eq!((modules_of("src/main.rs"), modules_of("src/clock.rs")), (vec![], vec!["clock".to_owned()]));
}
