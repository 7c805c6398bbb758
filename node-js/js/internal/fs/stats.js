'use strict';

// What `stat` and `readdir` tell of a file.

const constants = require('internal/fs/constants');

function dateFromMs(ms) {
  return new Date(Math.round(Number(ms)));
}

/** The type of file in a mode. */
function isType(mode, type) {
  return (mode & constants.S_IFMT) === type;
}

class Stats {
  constructor(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs) {
    this.dev = dev;
    this.mode = mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.rdev = rdev;
    this.blksize = blksize;
    this.ino = ino;
    this.size = size;
    this.blocks = blocks;
    this.atimeMs = atimeMs;
    this.mtimeMs = mtimeMs;
    this.ctimeMs = ctimeMs;
    this.birthtimeMs = birthtimeMs;
    this.atime = dateFromMs(atimeMs);
    this.mtime = dateFromMs(mtimeMs);
    this.ctime = dateFromMs(ctimeMs);
    this.birthtime = dateFromMs(birthtimeMs);
  }

  isDirectory() { return isType(this.mode, constants.S_IFDIR); }

  isFile() { return isType(this.mode, constants.S_IFREG); }

  isBlockDevice() { return isType(this.mode, constants.S_IFBLK); }

  isCharacterDevice() { return isType(this.mode, constants.S_IFCHR); }

  isSymbolicLink() { return isType(this.mode, constants.S_IFLNK); }

  isFIFO() { return isType(this.mode, constants.S_IFIFO); }

  isSocket() { return isType(this.mode, constants.S_IFSOCK); }
}

const MODE = 1;
const SIZE = 8;

/** Of the native side's list of numbers. */
const statsOf = (numbers) => new Stats(...numbers);
const isDirectory = (numbers) => isType(numbers[MODE], constants.S_IFDIR);
const isSymbolicLink = (numbers) => isType(numbers[MODE], constants.S_IFLNK);
/** Only of a regular file does the size say how much there is to read. */
const readableSize = (numbers) => (isType(numbers[MODE], constants.S_IFREG) ? numbers[SIZE] : 0);

/** The type of a directory's entry, of a mode. */
function direntType(numbers) {
  switch (numbers[MODE] & constants.S_IFMT) {
    case constants.S_IFREG: return constants.UV_DIRENT_FILE;
    case constants.S_IFDIR: return constants.UV_DIRENT_DIR;
    case constants.S_IFLNK: return constants.UV_DIRENT_LINK;
    case constants.S_IFIFO: return constants.UV_DIRENT_FIFO;
    case constants.S_IFSOCK: return constants.UV_DIRENT_SOCKET;
    case constants.S_IFCHR: return constants.UV_DIRENT_CHAR;
    case constants.S_IFBLK: return constants.UV_DIRENT_BLOCK;
    default: return constants.UV_DIRENT_UNKNOWN;
  }
}

const kType = Symbol('type');

class Dirent {
  constructor(name, type, path) {
    this.name = name;
    this.parentPath = path;
    this.path = path;
    this[kType] = type;
  }

  isDirectory() { return this[kType] === constants.UV_DIRENT_DIR; }

  isFile() { return this[kType] === constants.UV_DIRENT_FILE; }

  isBlockDevice() { return this[kType] === constants.UV_DIRENT_BLOCK; }

  isCharacterDevice() { return this[kType] === constants.UV_DIRENT_CHAR; }

  isSymbolicLink() { return this[kType] === constants.UV_DIRENT_LINK; }

  isFIFO() { return this[kType] === constants.UV_DIRENT_FIFO; }

  isSocket() { return this[kType] === constants.UV_DIRENT_SOCKET; }
}

module.exports = { Dirent, Stats, direntType, isDirectory, isSymbolicLink, readableSize, statsOf };
