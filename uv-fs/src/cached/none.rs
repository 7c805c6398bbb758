//! Where no such calls are known.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use uv_sys::Result;

use super::{Attempt, Miss, PathArg, Read};
use crate::{Access, OpenFlags, Stat};

pub(crate) fn stat(_: impl PathArg) -> Attempt<Result<Stat>> {
    Err(Miss::Uncached)
}

pub(crate) fn lstat(_: impl PathArg) -> Attempt<Result<Stat>> {
    Err(Miss::Uncached)
}

pub(crate) fn fstat(_: impl AsFd) -> Attempt<Stat> {
    Err(Miss::Uncached)
}

pub(crate) fn access(_: impl PathArg, _: Access) -> Attempt<Result<()>> {
    Err(Miss::Uncached)
}

pub(crate) fn open(_: impl PathArg, _: OpenFlags) -> Attempt<Result<OwnedFd>> {
    Err(Miss::Uncached)
}

pub(crate) fn closes_at_once(_: &OwnedFd) -> bool {
    false
}

pub(crate) fn forget_opened() {}

pub(crate) fn read(_: impl AsFd, _: &mut [u8], _: Option<u64>) -> Read {
    Read::Begun(0)
}

pub(crate) fn read_vectored<B: AsMut<[u8]>>(_: impl AsFd, _: &mut [B], _: Option<u64>) -> Attempt<usize> {
    Err(Miss::Uncached)
}

pub(crate) fn read_slices(_: impl AsFd, _: &mut [IoSliceMut<'_>], _: Option<u64>) -> Attempt<usize> {
    Err(Miss::Uncached)
}

pub(crate) fn step_back(_: impl AsFd, _: usize) {}

pub(crate) fn read_file(_: impl PathArg) -> Attempt<Result<Vec<u8>>> {
    Err(Miss::Uncached)
}

pub(crate) fn learn_of(_: impl AsFd) {}

pub(crate) fn learn_of_path(_: &Path) {}
