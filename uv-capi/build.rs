//! The shared library is `libuv.so.1` to those who load it, and quick to load.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libuv.so.1");
    // With the unwinder in it no program has to find, map and relocate libgcc_s for it.
    if has_static_unwinder() {
        println!("cargo:rustc-link-lib=gcc_eh");
    }
}

fn has_static_unwinder() -> bool {
    println!("cargo:rerun-if-env-changed=CC");
    let compiler = env::var_os("CC").unwrap_or("cc".into());
    let found = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output();
    // A compiler that has none says the bare name.
    found.is_ok_and(|found| str::from_utf8(&found.stdout).is_ok_and(|path| Path::new(path.trim()).is_absolute()))
}
