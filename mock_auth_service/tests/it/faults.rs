//! Each fault is consulted at one place; what it does is shown by the checks of authentication services.

use std::{fs, path::Path};

use mock_auth_service::Fault;

/// All Rust code of this crate, without the list of faults and the tests at the end of a file.
fn code() -> String {
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
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

#[test]
fn each_fault_is_consulted_at_one_place() {
    let code = code();
    for fault in Fault::ALL {
        let name = format!("Fault::{fault:?}");
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let mentions = code.match_indices(&name).filter(|(at, _)| ends(&code[at + name.len()..])).count();
        assert_eq!(mentions, 1, "{fault}");
    }
}
