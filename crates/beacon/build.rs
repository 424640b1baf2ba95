//! Tells the linker how small the beacon's memory is: one page of 64 KiB, in which stack and tables are done before the
//! addresses of `src/memory.rs` begin. Nothing recurses and no array is on the stack: it needs a few dozen bytes.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=256");
        println!("cargo::rustc-link-arg-cdylib=--initial-memory=65536");
        println!("cargo::rustc-link-arg-cdylib=--max-memory=65536");
        println!("cargo::rustc-link-arg-cdylib=--export-memory=m");
    }
}
