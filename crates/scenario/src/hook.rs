//! The duration of a `preStop` hook, as far as its command states it.

use super::yaml::{Node, Value};
use simulator::Span;

/// A hundred years: longer spans have the same effect, and their nanoseconds do not fit in 64 bits.
const MAX_SECONDS: f64 = 100.0 * 365.0 * 24.0 * 3600.0;

/// Shells that take a script with `-c`.
const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "zsh"];

/// Words that begin a compound command, whose content can run any number of times.
const COMPOUND: [&str; 9] = ["while", "until", "for", "if", "case", "do", "then", "select", "function"];

/// Commands with a negligible duration.
const QUICK: [&str; 13] =
    ["echo", "printf", "touch", "rm", "mv", "cp", "true", ":", "set", "kill", "nginx", "exit", "date"];

/// The sleep in a command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sleep {
    /// The sum of its sleeps.
    pub(crate) time: Span,
    /// Whether it also runs other commands that can take time.
    pub(crate) does_more: bool,
}

/// The sleep in a hook's command: `sleep 15`, or a shell's script with plain `sleep` commands. `None` without a
/// sleep, or if whether, how long or how often it sleeps is unknown.
pub(crate) fn sleep(command: &[&str]) -> Option<Sleep> {
    let (program, arguments) = command.split_first()?;
    let program = base_name(program);
    if program == "sleep" {
        return Some(Sleep { time: duration(arguments)?, does_more: false });
    }
    let mut arguments = SHELLS.contains(&program).then_some(arguments)?.iter();
    let takes_script = |flag: &str| flag.starts_with('-') && !flag.starts_with("--") && flag.contains('c');
    arguments.by_ref().take_while(|flag| flag.starts_with('-')).find(|flag| takes_script(flag))?;
    script(arguments.next()?)
}

/// Whether a hook of a manifest (`exec: {command: [...]}`) sleeps and runs nothing else that can take time.
pub(crate) fn only_sleeps(exec: &Node) -> bool {
    let Some(Value::Seq(words)) = exec.get("command").map(|command| &command.value) else { return false };
    let words: Option<Vec<&str>> = words.iter().map(Node::as_str).collect();
    words.and_then(|words| sleep(&words)).is_some_and(|sleep| !sleep.does_more)
}

fn script(text: &str) -> Option<Sleep> {
    let text = text.replace("2>&1", "").replace(">&2", "").replace("|| true", "").replace("&&", ";");
    if text.contains(['|', '&', '`']) {
        return None;
    }
    let (mut time, mut does_more, mut sleeps) = (Span::ZERO, false, false);
    for command in text.split([';', '\n']) {
        let mut words: Vec<&str> = command.split_whitespace().filter(|word| *word != "exec").collect();
        for word in &mut words {
            *word = word.trim_matches(['"', '\'']);
        }
        let Some((program, arguments)) = words.split_first() else { continue };
        match base_name(program) {
            "sleep" => {
                sleeps = true;
                time += duration(arguments)?;
            }
            program if COMPOUND.contains(&program) => return None,
            program => does_more |= !QUICK.contains(&program),
        }
    }
    sleeps.then_some(Sleep { time, does_more })
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The sum of numbers with a unit (`s`, the default, `m`, `h` or `d`), as `sleep` takes them.
fn duration(arguments: &[&str]) -> Option<Span> {
    let one = |argument: &&str| {
        let units = [("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
        let unit = units.iter().find_map(|(unit, seconds)| Some((argument.strip_suffix(unit)?, *seconds)));
        let (number, unit) = unit.unwrap_or((argument, 1.0));
        let number: f64 = number.parse().ok()?;
        (number >= 0.0).then_some(number * unit)
    };
    let seconds: f64 = arguments.iter().map(one).sum::<Option<f64>>().filter(|_| !arguments.is_empty())?;
    Some(Span::from_secs_f64(seconds.min(MAX_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plainly_sleeps_is_a_sleep() {
        let plain: [(&[&str], f64); 10] = [
            (&["sleep", "15"], 15.0),
            (&["/bin/sleep", "0.5"], 0.5),
            (&["sleep", "1m", "5s"], 65.0),
            (&["sh", "-c", "sleep 15"], 15.0),
            (&["/bin/sh", "-c", "sleep 15 && nginx -s quit"], 15.0),
            (&["/bin/bash", "-e", "-c", "echo bye; sleep '10'; sleep 5"], 15.0),
            (&["bash", "-ec", "exec sleep 7"], 7.0),
            (&["sh", "-c", "nginx -s quit || true\nsleep 20\n"], 20.0),
            (&["sh", "-c", "touch /tmp/off 2>&1 && /bin/sleep 3"], 3.0),
            (&["sh", "-c", "kill -QUIT $(cat /run/a.pid); sleep 9"], 9.0),
        ];
        for (command, seconds) in plain {
            let time = Span::from_secs_f64(seconds);
            assert_eq!(sleep(command), Some(Sleep { time, does_more: false }), "{command:?}");
        }
        let more = sleep(&["sh", "-c", "/app/drain.sh; sleep 5"]);
        assert_eq!(more, Some(Sleep { time: Span::from_secs(5), does_more: true }));
    }

    #[test]
    fn what_cannot_be_told_is_none() {
        let other: [&[&str]; 13] = [
            &[],
            &["sleep"],
            &["sleep", "soon"],
            &["sleep", "-1"],
            &["sleep", "NaN"],
            &["python", "-c", "import time; time.sleep(15)"],
            &["sh", "-c"],
            &["sh", "/stop.sh"],
            &["sh", "-c", "nginx -s quit"],
            &["sh", "-c", "while pgrep app; do sleep 1; done"],
            &["sh", "-c", "sleep $WAIT"],
            &["sh", "-c", "sleep 60 & wait"],
            &["sh", "-c", "check || sleep 5"],
        ];
        for command in other {
            assert_eq!(sleep(command), None, "{command:?}");
        }
        let longest = sleep(&["sleep", "infinity"]).map(|sleep| sleep.time);
        assert_eq!(longest, Some(Span::from_secs_f64(MAX_SECONDS)));
    }
}
