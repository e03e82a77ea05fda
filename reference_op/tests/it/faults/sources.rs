use std::fs;
use std::path::Path;

use reference_op::Fault;

/// All Rust code below a folder of this crate, without the list of faults and the tests at the end of a file.
fn code(folder: &str) -> String {
    fn collect(path: &Path, code: &mut String) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, code);
            } else if path.file_name().is_some_and(|name| name != "fault.rs") {
                let text = fs::read_to_string(&path).unwrap();
                code.push_str(text.split("#[cfg(test)]").next().unwrap());
            }
        }
    }
    let mut all = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    all
}

/// How often a fault is named.
fn mentions(code: &str, fault: Fault) -> usize {
    let name = format!("Fault::{fault:?}");
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    code.match_indices(&name).filter(|(at, _)| ends(&code[at + name.len()..])).count()
}

#[test]
fn each_fault_is_consulted_at_one_place() {
    let code = code("src");
    for fault in Fault::ALL.iter().copied() {
        assert_eq!(mentions(&code, fault), 1, "{fault}");
    }
}

#[test]
fn each_fault_is_tried_here() {
    let code = code("tests/it/faults");
    for fault in Fault::ALL.iter().copied() {
        assert!(mentions(&code, fault) > 0, "no test shows what the provider does under {fault}");
    }
}
