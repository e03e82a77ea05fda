/// Characters that no shell reads as anything but themselves, besides letters and digits.
const PLAIN: &str = "_-./:=,+@%";

/// A command as it is typed: words that a shell would read as something else are quoted.
#[must_use]
pub fn command_line<W: AsRef<str>>(words: &[W]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word.as_ref())).collect();
    quoted.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        // Nothing means anything between single quotes, and a single quote ends them.
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::command_line;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        for (words, line) in [
            (&["ciba-bench", "run", "a/b.toml", "--seed", "7"][..], "ciba-bench run a/b.toml --seed 7"),
            (&["--only", "ciba/11/*"], "--only 'ciba/11/*'"),
            (
                &["--label", "size=4cpu,nodes=2", "--exceed-ratio", "0%"],
                "--label size=4cpu,nodes=2 --exceed-ratio 0%",
            ),
            (&["--target", "my file's.toml", ""], "--target 'my file'\\''s.toml' ''"),
            (&["--sut-memory", "echo $(ps -o rss= -p 7) KiB"], "--sut-memory 'echo $(ps -o rss= -p 7) KiB'"),
        ] {
            assert_eq!(command_line(words), line);
        }
    }
}
