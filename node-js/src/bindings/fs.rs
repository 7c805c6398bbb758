//! File requests: node-compat's, with JavaScript's numbers for descriptors.
//!
//! Every function takes a callback as its last argument, or none: then it is synchronous and throws. A failure is an
//! object `{ errno, code, syscall, path, dest }`, from which JavaScript makes its error.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use node_compat::fs;
use node_compat::fs::{Access, CopyFlags, Dirent, FileTime, FsError, OpenFlags, Stat, StatFs, sync};
use node_compat::{Error, Runtime, Thrown};
use rquickjs::function::Opt;
use rquickjs::{Array, Ctx, Function, IntoJs, Object, Persistent, TypedArray, Value};

use super::{buffer, define};

pub(crate) mod dir;
pub(crate) mod watch;

use crate::host::{Callback, ErrorAndResult, Host};

type FsResult<T> = std::result::Result<T, FsError>;

/// Defines one request: its arguments, and the call that node-compat and uv-fs name alike.
macro_rules! request {
    ($object:expr, $js:literal, $call:ident ( $($arg:ident : $type:ty => $convert:expr),* )) => {
        define($object, $js, |ctx: Ctx<'js>, $($arg: $type,)* callback: Opt<Function<'js>>| -> rquickjs::Result<Value<'js>> {
            match pending(&ctx, callback)? {
                None => finish(&ctx, sync::$call($($convert),*)),
                Some((rt, callback)) => {
                    fs::$call(&rt, $($convert,)* move |_, result| callback.complete(result));
                    Ok(Value::new_undefined(ctx))
                }
            }
        })?;
    };
}

/// The same for a request on a descriptor.
macro_rules! fd_request {
    ($object:expr, $js:literal, $call:ident ( $($arg:ident : $type:ty => $convert:expr),* )) => {
        define($object, $js, |ctx: Ctx<'js>, fd: i32, $($arg: $type,)* callback: Opt<Function<'js>>| -> rquickjs::Result<Value<'js>> {
            let file = match File::find(&ctx, fd)? {
                Some(file) => file,
                None => return bad_descriptor(&ctx, stringify!($call), callback),
            };
            match pending(&ctx, callback)? {
                None => finish(&ctx, sync::$call(file, $($convert),*)),
                Some((rt, callback)) => {
                    fs::$call(&rt, file, $($convert,)* move |_, result| callback.complete(result));
                    Ok(Value::new_undefined(ctx))
                }
            }
        })?;
    };
}

pub(super) fn fill<'js>(object: &Object<'js>) -> rquickjs::Result<()> {
    request!(object, "open", open(path: String => PathBuf::from(path), flags: i32 => OpenFlags::from_bits(flags), mode: u32 => mode));
    request!(object, "stat", stat(path: String => PathBuf::from(path)));
    request!(object, "lstat", lstat(path: String => PathBuf::from(path)));
    request!(object, "access", access(path: String => PathBuf::from(path), mode: i32 => Access::from_bits(mode)));
    request!(object, "unlink", unlink(path: String => PathBuf::from(path)));
    request!(object, "mkdir", mkdir(path: String => PathBuf::from(path), mode: u32 => mode));
    request!(object, "rmdir", rmdir(path: String => PathBuf::from(path)));
    request!(object, "rename", rename(path: String => PathBuf::from(path), to: String => PathBuf::from(to)));
    request!(object, "readdir", scandir(path: String => PathBuf::from(path)));
    request!(object, "readlink", readlink(path: String => PathBuf::from(path)));
    request!(object, "symlink", symlink(target: String => PathBuf::from(target), path: String => PathBuf::from(path)));
    request!(object, "link", link(path: String => PathBuf::from(path), to: String => PathBuf::from(to)));
    request!(object, "realpath", realpath(path: String => PathBuf::from(path)));
    request!(object, "chmod", chmod(path: String => PathBuf::from(path), mode: u32 => mode));
    request!(object, "utimes", utime(path: String => PathBuf::from(path), atime: f64 => time(atime), mtime: f64 => time(mtime)));
    request!(object, "lutimes", lutime(path: String => PathBuf::from(path), atime: f64 => time(atime), mtime: f64 => time(mtime)));
    request!(object, "chown", chown(path: String => PathBuf::from(path), uid: f64 => id(uid), gid: f64 => id(gid)));
    request!(object, "lchown", lchown(path: String => PathBuf::from(path), uid: f64 => id(uid), gid: f64 => id(gid)));
    request!(object, "statfs", statfs(path: String => PathBuf::from(path)));
    request!(object, "mkdtemp", mkdtemp(prefix: String => PathBuf::from(prefix)));
    request!(object, "copyFile", copyfile(from: String => PathBuf::from(from), to: String => PathBuf::from(to), flags: i32 => CopyFlags::from_bits(flags)));
    fd_request!(object, "fstat", fstat());
    fd_request!(object, "ftruncate", ftruncate(len: f64 => len as u64));
    fd_request!(object, "fsync", fsync());
    fd_request!(object, "fdatasync", fdatasync());
    fd_request!(object, "fchmod", fchmod(mode: u32 => mode));
    fd_request!(object, "fchown", fchown(uid: f64 => id(uid), gid: f64 => id(gid)));
    fd_request!(object, "futimes", futime(atime: f64 => time(atime), mtime: f64 => time(mtime)));
    dir::fill(object)?;
    watch::fill(object)?;
    define(object, "close", close)?;
    define(object, "read", read)?;
    define(object, "write", write)
}

/// The id of a user or group; -1 leaves it as it is.
fn id(number: f64) -> Option<u32> {
    (number >= 0.0).then_some(number as u32)
}

/// As Node 20 has it; its successors keep the nanoseconds.
fn time(seconds: f64) -> FileTime {
    FileTime::from(seconds).in_micros()
}

fn close<'js>(ctx: Ctx<'js>, fd: i32, callback: Opt<Function<'js>>) -> rquickjs::Result<Value<'js>> {
    // The standard descriptors stay open: Rust's own streams use them.
    let file = Host::of(&ctx)?.files.borrow_mut().remove(&fd);
    let Some(file) = file else { return bad_descriptor(&ctx, "close", callback) };
    match pending(&ctx, callback)? {
        None => finish(&ctx, sync::close(file)),
        Some((rt, callback)) => {
            fs::close(&rt, file, move |_, result| callback.complete(result));
            Ok(Value::new_undefined(ctx))
        }
    }
}

fn read<'js>(
    ctx: Ctx<'js>,
    fd: i32,
    array: TypedArray<'js, u8>,
    offset: usize,
    length: usize,
    position: f64,
    callback: Opt<Function<'js>>,
) -> rquickjs::Result<Value<'js>> {
    let Some(file) = File::find(&ctx, fd)? else { return bad_descriptor(&ctx, "read", callback) };
    let position = (position >= 0.0).then_some(position as u64);
    let mut buf = Vec::new();
    if buf.try_reserve_exact(length).is_err() {
        return fails(&ctx, FsError::new(Error::ENOMEM, "read"), callback);
    }
    buf.resize(length, 0);
    match pending(&ctx, callback)? {
        None => {
            let result = sync::read(file, &mut buf, position);
            if let Ok(len) = &result {
                buffer::copy_in(&ctx, &array, offset, &buf[..*len])?;
            }
            finish(&ctx, result)
        }
        Some((rt, callback)) => {
            // The loop's requests, and this with them, go before the engine does.
            let array = Persistent::save(&ctx, array);
            fs::read(&rt, file, buf, position, move |_, result, buf: Vec<u8>| {
                callback.complete_with(|ctx| {
                    let result = result.and_then(|len| {
                        let array = array.restore(ctx);
                        let copied = array.and_then(|array| buffer::copy_in(ctx, &array, offset, &buf[..len]));
                        copied.map(|()| len).map_err(|_| {
                            // The buffer was detached or made smaller meanwhile.
                            ctx.catch();
                            FsError::new(Error::EFAULT, "read")
                        })
                    });
                    outcome(ctx, result)
                })
            });
            Ok(Value::new_undefined(ctx))
        }
    }
}

fn write<'js>(
    ctx: Ctx<'js>,
    fd: i32,
    array: TypedArray<'js, u8>,
    offset: usize,
    length: usize,
    position: f64,
    callback: Opt<Function<'js>>,
) -> rquickjs::Result<Value<'js>> {
    let Some(file) = File::find(&ctx, fd)? else { return bad_descriptor(&ctx, "write", callback) };
    let position = (position >= 0.0).then_some(position as u64);
    let data = buffer::copy_out(&ctx, &array, offset, offset.saturating_add(length))?;
    match pending(&ctx, callback)? {
        None => finish(&ctx, sync::write(file, &data, position)),
        Some((rt, callback)) => {
            fs::write(&rt, file, data, position, move |_, result, _: Vec<u8>| callback.complete(result));
            Ok(Value::new_undefined(ctx))
        }
    }
}

/// A descriptor that a request may use: one that the script opened, or a standard one.
enum File {
    Opened(Arc<OwnedFd>),
    Standard(BorrowedFd<'static>),
}

impl File {
    fn find(ctx: &Ctx<'_>, fd: i32) -> rquickjs::Result<Option<File>> {
        if let Some(file) = Host::of(ctx)?.files.borrow().get(&fd) {
            return Ok(Some(File::Opened(file.clone())));
        }
        Ok(crate::bindings::stdio::standard(fd).map(File::Standard))
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            File::Opened(fd) => fd.as_fd(),
            File::Standard(fd) => *fd,
        }
    }
}

/// The callback of an asynchronous request, and the runtime to make it of.
fn pending<'js>(ctx: &Ctx<'js>, callback: Opt<Function<'js>>) -> rquickjs::Result<Option<(Runtime, Completion)>> {
    let Some(callback) = callback.0 else { return Ok(None) };
    let host = Host::of(ctx)?;
    let callback = host.keep(ctx, callback);
    Ok(Some((host.runtime(ctx)?, Completion { callback })))
}

struct Completion {
    callback: Callback,
}

impl Completion {
    fn complete<T: Answer>(&self, result: FsResult<T>) -> Result<(), Thrown> {
        self.complete_with(|ctx| outcome(ctx, result))
    }

    fn complete_with(
        &self,
        result: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<(Value<'js>, Value<'js>)>,
    ) -> Result<(), Thrown> {
        self.callback.call::<ErrorAndResult>(result)
    }
}

fn outcome<'js, T: Answer>(ctx: &Ctx<'js>, result: FsResult<T>) -> rquickjs::Result<(Value<'js>, Value<'js>)> {
    match result {
        Ok(answer) => Ok((Value::new_null(ctx.clone()), answer.into_value(ctx)?)),
        Err(error) => Ok((failure(ctx, &error)?.into_value(), Value::new_undefined(ctx.clone()))),
    }
}

fn finish<'js, T: Answer>(ctx: &Ctx<'js>, result: FsResult<T>) -> rquickjs::Result<Value<'js>> {
    match result {
        Ok(answer) => answer.into_value(ctx),
        Err(error) => Err(throw(ctx, &error)),
    }
}

fn bad_descriptor<'js>(
    ctx: &Ctx<'js>,
    syscall: &'static str,
    callback: Opt<Function<'js>>,
) -> rquickjs::Result<Value<'js>> {
    fails(ctx, FsError::new(Error::EBADF, syscall), callback)
}

/// A request that fails before it is made.
fn fails<'js>(ctx: &Ctx<'js>, error: FsError, callback: Opt<Function<'js>>) -> rquickjs::Result<Value<'js>> {
    match pending(ctx, callback)? {
        None => Err(throw(ctx, &error)),
        Some((rt, callback)) => {
            // Through the pool like every other request, so that the order is the same.
            rt.queue_work(|| (), move |_, _| callback.complete::<()>(Err(error)));
            Ok(Value::new_undefined(ctx.clone()))
        }
    }
}

/// Throws a failure of a synchronous request.
pub(super) fn throw(ctx: &Ctx<'_>, error: &FsError) -> rquickjs::Error {
    match failure(ctx, error) {
        Ok(failure) => ctx.throw(failure.into_value()),
        Err(error) => error,
    }
}

fn failure<'js>(ctx: &Ctx<'js>, error: &FsError) -> rquickjs::Result<Object<'js>> {
    let failure = Object::new(ctx.clone())?;
    failure.set("errno", error.error().code())?;
    failure.set("code", error.error().name())?;
    failure.set("syscall", error.syscall())?;
    if let Some(path) = error.path() {
        failure.set("path", path.to_string_lossy().as_ref())?;
    }
    if let Some(dest) = error.dest() {
        failure.set("dest", dest.to_string_lossy().as_ref())?;
    }
    Ok(failure)
}

/// What a request gives, as a JavaScript value.
trait Answer {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>>;
}

impl Answer for () {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        Ok(Value::new_undefined(ctx.clone()))
    }
}

impl Answer for usize {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        Ok(Value::new_number(ctx.clone(), self as f64))
    }
}

impl Answer for OwnedFd {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let fd = self.as_raw_fd();
        Host::of(ctx)?.files.borrow_mut().insert(fd, Arc::new(self));
        Ok(Value::new_int(ctx.clone(), fd))
    }
}

impl Answer for PathBuf {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        self.to_string_lossy().as_ref().into_js(ctx)
    }
}

impl Answer for Stat {
    /// Node's fields in Node's order, times in milliseconds; then the nanoseconds of the times within the second.
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let millis = |time: fs::Timespec| time.sec as f64 * 1e3 + f64::from(time.nsec) / 1e6;
        let fields = [
            self.dev as f64,
            f64::from(self.mode),
            self.nlink as f64,
            f64::from(self.uid),
            f64::from(self.gid),
            self.rdev as f64,
            self.blksize as f64,
            self.ino as f64,
            self.size as f64,
            self.blocks as f64,
            millis(self.atime),
            millis(self.mtime),
            millis(self.ctime),
            millis(self.birthtime),
            f64::from(self.atime.nsec),
            f64::from(self.mtime.nsec),
            f64::from(self.ctime.nsec),
            f64::from(self.birthtime.nsec),
        ];
        fields.to_vec().into_js(ctx)
    }
}

impl Answer for StatFs {
    /// Node's fields in Node's order.
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let fields = [self.fs_type, self.bsize, self.blocks, self.bfree, self.bavail, self.files, self.ffree];
        fields.map(|field| field as f64).to_vec().into_js(ctx)
    }
}

impl Answer for Vec<Dirent> {
    /// `[names, types]`, with libuv's numbers for the types.
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let names = Array::new(ctx.clone())?;
        let types = Array::new(ctx.clone())?;
        for (at, entry) in self.into_iter().enumerate() {
            types.set(at, entry.file_type().dirent_type())?;
            names.set(at, entry.into_name().to_string_lossy().as_ref())?;
        }
        let both = Array::new(ctx.clone())?;
        both.set(0, names)?;
        both.set(1, types)?;
        Ok(both.into_value())
    }
}
