//! The shared library is `libuv.so.1` to those who load it, and quick to load.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=lazy.txt");
    link_arg("-Wl,-soname,libuv.so.1");
    let target = |what| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let can_be_late = (target("ARCH"), target("OS"), target("ENV")) == ("x86_64".into(), "linux".into(), "gnu".into());
    if can_be_late && env::var_os("CARGO_FEATURE_BIND_NOW").is_none() {
        bind_lazily();
    }
    // With the unwinder in it no program has to find, map and relocate libgcc_s for it.
    if has_static_unwinder() {
        println!("cargo:rustc-link-lib=gcc_eh");
    }
}

fn link_arg(argument: &str) {
    println!("cargo:rustc-cdylib-link-arg={argument}");
}

/// Functions of the C library that few programs come to use are found when they are first called, as those are that C calls. By
/// itself the compiler has each of them found when the library is loaded, which is a fifth of what that takes: so their calls go
/// by way of a jump through the procedure linkage table.
fn bind_lazily() {
    let names = fs::read_to_string("lazy.txt").expect("the names of functions");
    let names = names.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut stubs = String::from(".section .note.GNU-stack,\"\",@progbits\n.text\n");
    for name in names {
        link_arg(&format!("-Wl,--wrap={name}"));
        stubs += &format!(
            ".globl __wrap_{name}\n.hidden __wrap_{name}\n.type __wrap_{name}, @function\n.p2align 3\n\
             __wrap_{name}: .cfi_startproc\njmp __real_{name}@PLT\n.cfi_endproc\n.size __wrap_{name}, .-__wrap_{name}\n"
        );
    }
    let path = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says it")).join("lazy.s");
    fs::write(&path, stubs).expect("a file in the target directory");
    link_arg(path.to_str().expect("a path that cargo can print"));
    link_arg("-Wl,-z,lazy");
    // A function's address that is in a table here needs no look-up either.
    link_arg("-Wl,-Bsymbolic-functions");
}

fn has_static_unwinder() -> bool {
    println!("cargo:rerun-if-env-changed=CC");
    let compiler = env::var_os("CC").unwrap_or("cc".into());
    let found = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output();
    // A compiler that has none says the bare name.
    found.is_ok_and(|found| str::from_utf8(&found.stdout).is_ok_and(|path| Path::new(path.trim()).is_absolute()))
}
