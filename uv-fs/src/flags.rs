//! Bit sets that libuv takes as plain integers.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use rustix::fs::OFlags;

macro_rules! bits {
    (
        $(#[$meta:meta])*
        $set:ident {
            $( $(#[$const_meta:meta])* $name:ident = $value:expr; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $set(i32);

        impl $set {
            $( $(#[$const_meta])* pub const $name: $set = $set($value); )*

            const NAMES: &[(&str, $set)] = &[$( (stringify!($name), $set::$name) ),*];

            /// The set with these bits; none is dropped, so the kernel judges those that have no name.
            ///
            /// ```
            #[doc = concat!("use uv_fs::", stringify!($set), ";")]
            ///
            #[doc = concat!("assert_eq!(", stringify!($set), "::from_bits(0), ", stringify!($set), "::default());")]
            /// ```
            pub const fn from_bits(bits: i32) -> Self {
                $set(bits)
            }

            /// The bits.
            ///
            /// ```
            #[doc = concat!("use uv_fs::", stringify!($set), ";")]
            ///
            #[doc = concat!("assert_eq!(", stringify!($set), "::from_bits(3).bits(), 3);")]
            /// ```
            pub const fn bits(self) -> i32 {
                self.0
            }

            /// Whether all bits of `other` are set.
            ///
            /// ```
            #[doc = concat!("use uv_fs::", stringify!($set), ";")]
            ///
            #[doc = concat!("assert!(", stringify!($set), "::from_bits(3).contains(", stringify!($set), "::from_bits(1)));")]
            /// ```
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl BitOr for $set {
            type Output = $set;

            fn bitor(self, other: $set) -> $set {
                $set(self.0 | other.0)
            }
        }

        impl BitOrAssign for $set {
            fn bitor_assign(&mut self, other: $set) {
                self.0 |= other.0;
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($set))?;
                debug_bits(f, self.0, Self::NAMES.iter().map(|(name, bits)| (*name, bits.0)))?;
                f.write_str(")")
            }
        }
    };
}

bits! {
    /// How a file is opened: the `O_*` flags, by libuv's names without `UV_FS_O_`.
    ///
    /// The bits are the platform's own. `O_CLOEXEC` is always added by `open`.
    ///
    /// ```
    /// use uv_fs::OpenFlags;
    ///
    /// let flags = OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::TRUNC;
    /// assert!(flags.contains(OpenFlags::CREAT));
    /// assert_eq!(format!("{flags:?}"), "OpenFlags(WRONLY | CREAT | TRUNC)");
    /// ```
    OpenFlags {
        /// For reading only: `O_RDONLY`, which has no bit.
        ///
        /// ```
        /// assert_eq!(uv_fs::OpenFlags::RDONLY, uv_fs::OpenFlags::default());
        /// ```
        RDONLY = open_bits(OFlags::RDONLY);
        /// For writing only: `O_WRONLY`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let null = sync::open("/dev/null", OpenFlags::WRONLY, 0)?;
        /// assert_eq!(sync::read(&null, &mut [0], None).unwrap_err().error(), uv_sys::Error::EBADF);
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        WRONLY = open_bits(OFlags::WRONLY);
        /// For reading and writing: `O_RDWR`.
        ///
        /// ```
        /// uv_fs::sync::open("/dev/null", uv_fs::OpenFlags::RDWR, 0)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        RDWR = open_bits(OFlags::RDWR);
        /// Makes the file if there is none: `O_CREAT`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let dir = tempfile::tempdir()?;
        /// sync::open(dir.path().join("new"), OpenFlags::CREAT | OpenFlags::WRONLY, 0o644)?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        CREAT = open_bits(OFlags::CREATE);
        /// With `CREAT`: `EEXIST` if there is a file of that name, a symbolic link included: `O_EXCL`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let flags = OpenFlags::CREAT | OpenFlags::EXCL;
        /// assert_eq!(sync::open("/dev/null", flags, 0o600).unwrap_err().error(), uv_sys::Error::EEXIST);
        /// ```
        EXCL = open_bits(OFlags::EXCL);
        /// Cuts the file to length 0: `O_TRUNC`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let file = tempfile::NamedTempFile::new()?;
        /// sync::write_file(file.path(), b"old")?;
        /// sync::open(file.path(), OpenFlags::WRONLY | OpenFlags::TRUNC, 0)?;
        /// assert_eq!(sync::stat(file.path())?.size, 0);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        TRUNC = open_bits(OFlags::TRUNC);
        /// Every write goes to the end of the file: `O_APPEND`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let file = tempfile::NamedTempFile::new()?;
        /// sync::write_file(file.path(), b"one")?;
        /// let fd = sync::open(file.path(), OpenFlags::WRONLY | OpenFlags::APPEND, 0)?;
        /// sync::write(&fd, b", two", None)?;
        /// assert_eq!(sync::read_file(file.path())?, b"one, two");
        /// # Ok::<(), std::io::Error>(())
        /// ```
        APPEND = open_bits(OFlags::APPEND);
        /// `ENOTDIR` if it is no directory: `O_DIRECTORY`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// sync::fstat(sync::open("/", OpenFlags::DIRECTORY, 0)?)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        DIRECTORY = open_bits(OFlags::DIRECTORY);
        /// `ELOOP` if the path's last part is a symbolic link: `O_NOFOLLOW`.
        ///
        /// ```
        /// use uv_fs::{OpenFlags, sync};
        ///
        /// let dir = tempfile::tempdir()?;
        /// let link = dir.path().join("link");
        /// sync::symlink("/dev/null", &link)?;
        /// let error = sync::open(&link, OpenFlags::NOFOLLOW, 0).unwrap_err();
        /// assert_eq!(error.error(), uv_sys::Error::ELOOP);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        NOFOLLOW = open_bits(OFlags::NOFOLLOW);
        /// Doesn't wait, neither for a FIFO's other end nor for data: `O_NONBLOCK`.
        ///
        /// ```
        /// uv_fs::sync::open("/dev/null", uv_fs::OpenFlags::NONBLOCK, 0)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        NONBLOCK = open_bits(OFlags::NONBLOCK);
        /// A terminal doesn't become the process's controlling one: `O_NOCTTY`.
        ///
        /// ```
        /// uv_fs::sync::open("/dev/null", uv_fs::OpenFlags::NOCTTY, 0)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        NOCTTY = open_bits(OFlags::NOCTTY);
        /// A write returns when data and metadata are on the disk: `O_SYNC`.
        ///
        /// ```
        /// let file = tempfile::NamedTempFile::new()?;
        /// uv_fs::sync::open(file.path(), uv_fs::OpenFlags::RDWR | uv_fs::OpenFlags::SYNC, 0)?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        SYNC = open_bits(OFlags::SYNC);
    }
}

bits! {
    /// What `access` asks about: the `*_OK` modes.
    ///
    /// ```
    /// use uv_fs::{Access, sync};
    ///
    /// sync::access("/dev/null", Access::R_OK | Access::W_OK)?;
    /// # Ok::<(), uv_fs::FsError>(())
    /// ```
    Access {
        /// Whether there is such a file at all; has no bit.
        ///
        /// ```
        /// uv_fs::sync::access("/", uv_fs::Access::F_OK)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        F_OK = rustix::fs::Access::EXISTS.bits() as i32;
        /// Whether it may be read.
        ///
        /// ```
        /// uv_fs::sync::access("/dev/null", uv_fs::Access::R_OK)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        R_OK = rustix::fs::Access::READ_OK.bits() as i32;
        /// Whether it may be written to.
        ///
        /// ```
        /// uv_fs::sync::access("/dev/null", uv_fs::Access::W_OK)?;
        /// # Ok::<(), uv_fs::FsError>(())
        /// ```
        W_OK = rustix::fs::Access::WRITE_OK.bits() as i32;
        /// Whether it may be executed, or the directory be passed through.
        ///
        /// ```
        /// let error = uv_fs::sync::access("/dev/null", uv_fs::Access::X_OK).unwrap_err();
        /// assert_eq!(error.error(), uv_sys::Error::EACCES);
        /// ```
        X_OK = rustix::fs::Access::EXEC_OK.bits() as i32;
    }
}

bits! {
    /// How a file is copied: libuv's `UV_FS_COPYFILE_*` flags, with their values.
    ///
    /// ```
    /// use uv_fs::{CopyFlags, sync};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// sync::write_file(&a, b"data")?;
    /// sync::copyfile(&a, &b, CopyFlags::EXCL)?;
    /// let error = sync::copyfile(&a, &b, CopyFlags::EXCL).unwrap_err();
    /// assert_eq!(error.error(), uv_sys::Error::EEXIST);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    CopyFlags {
        /// `EEXIST` if the destination exists.
        ///
        /// ```
        /// assert_eq!(uv_fs::CopyFlags::EXCL.bits(), 1);
        /// ```
        EXCL = 1;
        /// Shares the blocks copy-on-write where the file system can, and else copies.
        ///
        /// ```
        /// assert_eq!(uv_fs::CopyFlags::FICLONE.bits(), 2);
        /// ```
        FICLONE = 2;
        /// Shares the blocks copy-on-write, and else fails.
        ///
        /// ```
        /// assert_eq!(uv_fs::CopyFlags::FICLONE_FORCE.bits(), 4);
        /// ```
        FICLONE_FORCE = 4;
    }
}

const fn open_bits(flags: OFlags) -> i32 {
    flags.bits() as i32
}

fn debug_bits<'a>(
    f: &mut fmt::Formatter<'_>,
    bits: i32,
    names: impl Iterator<Item = (&'a str, i32)> + Clone,
) -> fmt::Result {
    let mut rest = bits;
    let mut separator = "";
    let names = names.filter(|&(_, value)| value != 0 || bits == 0);
    for (name, value) in names {
        if bits & value == value {
            write!(f, "{separator}{name}")?;
            separator = " | ";
            rest &= !value;
        }
    }
    if rest != 0 {
        write!(f, "{separator}{rest:#x}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn debug_names_every_bit(bits in any::<i32>()) {
            let text = format!("{:?}", OpenFlags::from_bits(bits));
            let inner = text.strip_prefix("OpenFlags(").unwrap().strip_suffix(')').unwrap();
            let mut sum = OpenFlags::default();
            for part in inner.split(" | ") {
                let named = OpenFlags::NAMES.iter().find(|(name, _)| *name == part);
                sum |= named.map_or_else(
                    || OpenFlags(u32::from_str_radix(&part[2..], 16).unwrap() as i32),
                    |(_, value)| *value,
                );
            }
            prop_assert_eq!(sum.bits(), bits);
        }
    }

    #[test]
    fn no_bit_at_all_has_a_name() {
        assert_eq!(format!("{:?}", OpenFlags::default()), "OpenFlags(RDONLY)");
        assert_eq!(format!("{:?}", Access::default()), "Access(F_OK)");
        assert_eq!(format!("{:?}", CopyFlags::default()), "CopyFlags()");
    }
}
