//! Command lines to copy into a shell.

use std::fmt::Display;

/// The word, quoted if a shell would interpret it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// ` --set PATH=VALUE` for each assignment.
pub fn set_options(assignments: impl IntoIterator<Item = impl Display>) -> String {
    let mut options = String::new();
    for assignment in assignments {
        options.push_str(" --set ");
        options.push_str(&quoted(&assignment.to_string()));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("scenarios/a-b.yaml"), "scenarios/a-b.yaml");
        assert_eq!(quoted("my scenario.yaml"), "'my scenario.yaml'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("a[name=web]=1"), "'a[name=web]=1'");
    }
}
