//! Instructions per piece of work. They do not depend on the load of the machine, so a stored reference can
//! be compared within a few percent.

mod reference;
mod valgrind;

use crate::work::{NamedWork, WORKS};
use rayon::prelude::*;
use reference::{Count, Reference};
use std::process::ExitCode;
use valgrind::Valgrind;

/// Counts all works and compares them with the reference, or replaces the reference.
pub(crate) fn execute(accept: bool, tolerance: f64) -> Result<ExitCode, String> {
    let valgrind = Valgrind::find()?;
    let counts: Vec<Count> = WORKS.par_iter().map(|work| count(work, &valgrind)).collect::<Result<_, _>>()?;
    let counted = Reference::of(counts, valgrind.version());
    if accept {
        counted.store()?;
        print!("{}", counted.beside(&counted));
        println!("stored in {}", reference::FILE);
        return Ok(ExitCode::SUCCESS);
    }
    Ok(judge(&Reference::load()?, &counted, tolerance))
}

/// Both counts include the work before the first repetition and in the first few.
fn count(work: &NamedWork, valgrind: &Valgrind) -> Result<Count, String> {
    let few = valgrind.count(work.name, work.warm_up)?;
    let many = valgrind.count(work.name, work.warm_up + work.counted)?;
    let instructions = (many - few) as f64 / work.counted as f64;
    Ok(Count {
        work: work.name.to_owned(),
        per: work.unit.to_owned(),
        instructions: (instructions * 10.0).round() / 10.0,
    })
}

fn judge(reference: &Reference, counted: &Reference, tolerance: f64) -> ExitCode {
    print!("{}", counted.beside(reference));
    if let Some(difference) = counted.is_foreign_to(reference) {
        println!("\nNOT COMPARED: {difference}");
        println!("The compiler decides on instructions.");
        return ExitCode::SUCCESS;
    }
    let findings = counted.findings(reference, tolerance);
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("\nall counts are within {tolerance}% of the reference");
        return ExitCode::SUCCESS;
    }
    println!("\nIf that is meant, accept it:");
    println!("cargo run --release -p rollout-lab-benches --no-default-features -- --count --accept");
    ExitCode::FAILURE
}
