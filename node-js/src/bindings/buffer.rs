//! Bytes and strings.

use rquickjs::{Ctx, Exception, Object, String as JsString, TypedArray};

use super::define;

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "utf8Encode", utf8_encode)?;
    define(object, "utf8Decode", utf8_decode)?;
    define(object, "utf8ByteLength", |text: String| text.len())
}

fn utf8_encode<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> rquickjs::Result<TypedArray<'js, u8>> {
    TypedArray::new(ctx, text.to_string()?.into_bytes())
}

fn utf8_decode<'js>(
    ctx: Ctx<'js>,
    bytes: TypedArray<'js, u8>,
    start: usize,
    end: usize,
) -> rquickjs::Result<JsString<'js>> {
    let bytes = copy_out(&ctx, &bytes, start, end)?;
    JsString::from_str(ctx, &String::from_utf8_lossy(&bytes))
}

/// A copy of a part of an array's bytes.
pub(super) fn copy_out(
    ctx: &Ctx<'_>,
    array: &TypedArray<'_, u8>,
    start: usize,
    end: usize,
) -> rquickjs::Result<Vec<u8>> {
    let range = bounds(ctx, array, start, end)?;
    // SAFETY: the range was just checked against the array's length, and no JavaScript runs, which alone could move or
    // free the bytes, before they are copied.
    Ok(unsafe { std::slice::from_raw_parts(range, end - start) }.to_vec())
}

/// Copies `bytes` into an array from `start` on.
pub(super) fn copy_in(ctx: &Ctx<'_>, array: &TypedArray<'_, u8>, start: usize, bytes: &[u8]) -> rquickjs::Result<()> {
    let range = bounds(ctx, array, start, start + bytes.len())?;
    // SAFETY: as above; and `bytes` is Rust's own memory, which cannot overlap the engine's.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), range, bytes.len()) };
    Ok(())
}

fn bounds(ctx: &Ctx<'_>, array: &TypedArray<'_, u8>, start: usize, end: usize) -> rquickjs::Result<*mut u8> {
    let Some(whole) = array.as_raw() else {
        return Err(Exception::throw_type(ctx, "the ArrayBuffer is detached"));
    };
    if start > end || end > whole.len() {
        return Err(Exception::throw_range(ctx, "offset or length out of the array's bounds"));
    }
    // SAFETY: `start` is within the array, or one past its end.
    Ok(unsafe { whole.as_ptr().cast::<u8>().add(start) })
}
