use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;

/// The digests of a run's files in the form that `sha256sum -c` reads, by name: whoever files a report away can tell
/// later that it is the same. Names are relative to the folder in which the manifest lies.
pub fn manifest(files: &[(&str, &[u8])]) -> String {
    let mut files = files.to_vec();
    files.sort_by_key(|(name, _)| *name);
    let mut lines = String::new();
    for (name, bytes) in files {
        // A name that would break the line is written as sha256sum itself writes it.
        let escaped = name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        if escaped != name {
            lines.push('\\');
        }
        for byte in digest(&SHA256, bytes).as_ref() {
            // Writing to a string cannot fail.
            let _ = write!(lines, "{byte:02x}");
        }
        lines.push_str("  ");
        lines.push_str(&escaped);
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_the_known_ones_and_stand_in_order() {
        // FIPS 180-4: "abc", and nothing.
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a/empty\n\
                        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.txt\n";
        assert_eq!(manifest(&[("b.txt", b"abc"), ("a/empty", b"")]), expected);
        assert_eq!(manifest(&[]), "");
    }

    #[test]
    fn a_name_cannot_add_a_line() {
        let lines = manifest(&[("a\nb\\c", b"")]);
        assert!(lines.starts_with("\\e3b0") && lines.ends_with("  a\\nb\\\\c\n"), "{lines}");
        assert_eq!(lines.lines().count(), 1);
    }
}
