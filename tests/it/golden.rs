//! Golden files: what people read, as it was when somebody last read it. `UPDATE_GOLDEN=1 cargo test` rewrites them.

use crate::sources::root;
use std::fs;

/// Holds a text against `tests/golden/{name}`.
pub fn compare(name: &str, text: &str) {
    compare_file(&format!("tests/golden/{name}"), text);
}

/// Holds a text against the file of this path in the repository.
pub fn compare_file(name: &str, text: &str) {
    let path = root().join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differing = kept.lines().zip(text.lines()).find(|(kept, now)| kept != now);
    assert!(kept == text, "{name} is another (UPDATE_GOLDEN=1 rewrites it): {differing:?}");
}
