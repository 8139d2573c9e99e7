//! Tells cargo what the binary holds beside its code.

fn main() {
    // The compiler sees changes of the files, but not files that come or go.
    println!("cargo::rerun-if-changed=../../scenarios");
}
