//! Counts with valgrind, which executes each instruction itself and so is independent of the machine's load.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A working valgrind, and the program that it counts: this one.
pub(crate) struct Valgrind {
    version: String,
    program: PathBuf,
}

impl Valgrind {
    /// The valgrind in the path.
    pub(crate) fn find() -> Result<Self, String> {
        let output = Command::new("valgrind").arg("--version").output();
        let output = output.map_err(|error| format!("valgrind is needed to count instructions: {error}"))?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        Ok(Self { version, program })
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Instructions of a process that repeats the work `times` times. Its environment is empty, because the
    /// size of the environment moves memory addresses.
    pub(crate) fn count(&self, work: &str, times: u64) -> Result<u64, String> {
        let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin"));
        let output = Command::new("valgrind")
            .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
            .arg(&self.program)
            .args(["--work", work, "--times", &times.to_string()])
            .env_clear()
            .env("PATH", path)
            .output()
            .map_err(|error| format!("valgrind: {error}"))?;
        instructions(&output).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("valgrind did not count {work}:\n{said}")
        })
    }
}

/// Valgrind prints `==1234== I   refs:      10,737,426`.
fn instructions(output: &Output) -> Option<u64> {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.contains("I   refs:"))?;
    let (_, number) = line.rsplit_once(':')?;
    output.status.success().then(|| number.trim().replace(',', "").parse().ok())?
}
