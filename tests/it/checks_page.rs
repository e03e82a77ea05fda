//! docs/CHECKS.md says what there is to be checked. `UPDATE_GOLDEN=1 cargo test` rewrites it.

use ciba_bench::conformance::{Check, Coverage, Requirement, SECTIONS, every_check, requirements};

use crate::golden;

const HEAD: &str = "\
# Checks

What `ciba-bench conformance` holds a server against. This page is made from the checks and the tables of requirements; a test
keeps it in step with them. `ciba-bench explain ID` shows a check or a requirement in full: why it matters, the script, what a
wrong server does.

The level is that of the first requirement, unless it says \"softer\". A check whose level is MUST, or PLAIN (a plain statement
of what goes over the wire, as binding as a MUST), ends a run with exit code 4 when it fails; SHOULD does so under
`--fail-on should`; MAY is an observation. The fault is what the embedded OP does wrong to prove that the check can fail
(`ciba-bench selftest`).
";

#[test]
fn the_page_of_checks_is_in_step() {
    golden::compare_file("docs/CHECKS.md", &page());
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    for section in SECTIONS.iter().filter(|section| !section.checks.is_empty()) {
        text.push_str(&format!("\n## {}\n\n", section.name));
        let rows = section.checks.iter().map(check_row).collect();
        text.push_str(&table(["check", "what it claims", "level", "requirements", "fault"], rows));
    }
    text.push_str(&requirements_summary());
    text
}

fn check_row(check: &Check) -> [String; 5] {
    let level = match check.softer {
        Some(softer) => format!("{}, softer: {}", softer.level.name(), softer.reason),
        None => check.level().name().to_owned(),
    };
    let (id, fault) = (format!("`{}`", check.id), format!("`{}`", check.fault));
    [id, check.title.to_owned(), level, check.covers.join(", "), fault]
}

fn requirements_summary() -> String {
    let mut observed = Vec::new();
    let mut unobservable = Vec::new();
    for requirement in requirements() {
        let Requirement { id, level, coverage, exception, .. } = requirement;
        let (id, level) = (id.clone(), level.name().to_owned());
        match coverage {
            Coverage::ByChecks => {
                observed.push([id.clone(), requirement.citation(), level, observers(&id)]);
            }
            Coverage::Unobservable { reason } => {
                let exception = exception.as_ref().map_or_else(String::new, |more| format!("; {more}"));
                unobservable.push([id, requirement.citation(), level, format!("{reason}{exception}")]);
            }
        }
    }
    let mut text = format!(
        "\n## Requirements\n\n{} sentences of the standards: {} are observed by checks, and {} cannot be observed from \
         outside.\n",
        requirements().len(),
        observed.len(),
        unobservable.len()
    );
    text.push_str("\n### Observed by checks\n\n");
    text.push_str(&table(["requirement", "clause", "level", "checks"], observed));
    text.push_str("\n### Not observable from outside\n\n");
    text.push_str(&table(["requirement", "clause", "level", "why"], unobservable));
    text
}

fn observers(requirement: &str) -> String {
    let ids: Vec<String> = every_check()
        .filter(|(_, check)| check.covers.contains(&requirement))
        .map(|(_, check)| format!("`{}`", check.id))
        .collect();
    ids.join(", ")
}

fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    text.push_str(&format!("|{}\n", "---|".repeat(N)));
    for row in rows {
        text.push_str(&line(row.into_iter().map(|cell| cell.replace('|', "\\|")).collect()));
    }
    text
}
