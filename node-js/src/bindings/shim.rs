#![allow(missing_docs)]
pub(crate) use node_compat::fs::*;
use node_compat::{Runtime, Outcome};
use std::path::PathBuf; use std::os::fd::{AsFd,OwnedFd}; use std::sync::Arc;
macro_rules! w { ($($name:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => { $(
 pub(crate) fn $name<O: Outcome>(rt: &Runtime, $($a: $t,)* cb: impl FnOnce(&Runtime, Result<$r>) -> O + 'static) {
   let me = rt.clone(); uv_fs::$name(rt.event_loop(), $($a,)* move |_, r| me.make_callback(|rt| cb(rt, r)));
 })* } }
w! { open(p: PathBuf, f: OpenFlags, m: u32) -> OwnedFd; stat(p: PathBuf) -> Stat; lstat(p: PathBuf) -> Stat; access(p: PathBuf, a: Access) -> ();
 unlink(p: PathBuf)->(); mkdir(p: PathBuf, m: u32)->(); rmdir(p: PathBuf)->(); rename(p: PathBuf, q: PathBuf)->(); scandir(p: PathBuf)->Vec<Dirent>;
 readlink(p: PathBuf)->PathBuf; symlink(p: PathBuf,q: PathBuf)->(); link(p: PathBuf,q: PathBuf)->(); realpath(p: PathBuf)->PathBuf; chmod(p: PathBuf,m:u32)->();
 utime(p: PathBuf,a:f64,m:f64)->(); mkdtemp(p: PathBuf)->PathBuf; copyfile(p: PathBuf,q: PathBuf,f: CopyFlags)->(); close(f: Arc<OwnedFd>)->(); }
macro_rules! wf { ($($name:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => { $(
 pub(crate) fn $name<O: Outcome>(rt: &Runtime, fd: impl AsFd+Send+'static, $($a: $t,)* cb: impl FnOnce(&Runtime, Result<$r>) -> O + 'static) {
   let me = rt.clone(); uv_fs::$name(rt.event_loop(), fd, $($a,)* move |_, r| me.make_callback(|rt| cb(rt, r)));
 })* } }
wf! { fstat()->Stat; ftruncate(l:u64)->(); fsync()->(); fdatasync()->(); fchmod(m:u32)->(); futime(a:f64,m:f64)->(); }
pub(crate) fn read<O: Outcome>(rt: &Runtime, fd: impl AsFd+Send+'static, b: Vec<u8>, o: Option<u64>, cb: impl FnOnce(&Runtime, Result<usize>, Vec<u8>)->O+'static) {
   let me = rt.clone(); uv_fs::read(rt.event_loop(), fd, b, o, move |_, r, b| me.make_callback(|rt| cb(rt, r, b)));
}
pub(crate) fn write<O: Outcome>(rt: &Runtime, fd: impl AsFd+Send+'static, b: Vec<u8>, o: Option<u64>, cb: impl FnOnce(&Runtime, Result<usize>, Vec<u8>)->O+'static) {
   let me = rt.clone(); uv_fs::write(rt.event_loop(), fd, b, o, move |_, r, b| me.make_callback(|rt| cb(rt, r, b)));
}
