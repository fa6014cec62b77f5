//! Rebuilds the program when a content file changes: content is embedded at compile time.

fn main() {
    println!("cargo:rerun-if-changed=../../content");
}
