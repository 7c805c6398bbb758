//! Lists the core modules' JavaScript sources, sorted by their ids, for `src/builtins.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("js");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let mut ids: Vec<(String, PathBuf)> = files
        .into_iter()
        .filter_map(|path| {
            let id = path.strip_prefix(&root).ok()?.with_extension("");
            Some((id.to_str()?.to_owned(), path))
        })
        .collect();
    ids.sort();
    let mut list = String::from("static SOURCES: &[(&str, &str)] = &[\n");
    for (id, path) in ids {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(list, "    ({id:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    list.push_str("];\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("sources.rs"), list)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "js") {
            files.push(path);
        }
    }
    Ok(())
}
