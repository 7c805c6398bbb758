'use strict';

// What `stat` and `readdir` tell of a file.

const { notImplemented } = require('internal/errors');
const constants = require('internal/fs/constants');

function dateFromMs(ms) {
  return new Date(Math.round(Number(ms)));
}

/** The type of file in a mode. */
function isType(mode, type) {
  return (mode & constants.S_IFMT) === type;
}

/** What `Stats` and `BigIntStats` share: the questions that the mode answers. */
class StatsBase {
  isDirectory() { return this._checkModeProperty(constants.S_IFDIR); }

  isFile() { return this._checkModeProperty(constants.S_IFREG); }

  isBlockDevice() { return this._checkModeProperty(constants.S_IFBLK); }

  isCharacterDevice() { return this._checkModeProperty(constants.S_IFCHR); }

  isSymbolicLink() { return this._checkModeProperty(constants.S_IFLNK); }

  isFIFO() { return this._checkModeProperty(constants.S_IFIFO); }

  isSocket() { return this._checkModeProperty(constants.S_IFSOCK); }
}

class Stats extends StatsBase {
  constructor(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs) {
    super();
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

  _checkModeProperty(property) { return isType(this.mode, property); }
}

const FIELDS = ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks'];
const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'];

class BigIntStats extends StatsBase {
  constructor(fields, nanoseconds) {
    super();
    FIELDS.forEach((name, i) => { this[name] = BigInt(fields[i]); });
    TIMES.forEach((name, i) => { this[`${name}Ms`] = nanoseconds[i] / 1000000n; });
    TIMES.forEach((name, i) => { this[`${name}Ns`] = nanoseconds[i]; });
    TIMES.forEach((name) => { this[name] = new Date(Number(this[`${name}Ms`])); });
  }

  _checkModeProperty(property) { return isType(Number(this.mode), property); }
}

const DEV = 0;
const MODE = 1;
const INO = 7;
const SIZE = 8;

/** Where the times in milliseconds begin in the native side's list of numbers, and the nanoseconds within the second. */
const MILLISECONDS = 10;
const NANOSECONDS = 14;

/** Of the native side's list of numbers. */
function statsOf(numbers, options) {
  return options?.bigint ? bigIntStatsOf(numbers) : new Stats(...numbers);
}

function bigIntStatsOf(numbers) {
  // A time in milliseconds, as a number, has no place for its nanoseconds.
  if (numbers.length < NANOSECONDS + TIMES.length) throw notImplemented("fs.stat() with the option 'bigint'");
  const times = TIMES.map((_, i) => {
    const part = numbers[NANOSECONDS + i];
    const seconds = Math.round((numbers[MILLISECONDS + i] - part / 1e6) / 1000);
    return BigInt(seconds) * 1000000000n + BigInt(part);
  });
  return new BigIntStats(numbers, times);
}
const isDirectory = (numbers) => isType(numbers[MODE], constants.S_IFDIR);
/** Whether both are of one file. */
const isSameFile = (a, b) => a[INO] === b[INO] && a[DEV] === b[DEV];
const permissions = (numbers) => numbers[MODE] & 0o7777;
const isSymbolicLink = (numbers) => isType(numbers[MODE], constants.S_IFLNK);
/** Only of a regular file does the size say how much there is to read. */
const readableSize = (numbers) => (isType(numbers[MODE], constants.S_IFREG) ? numbers[SIZE] : 0);

const FS_FIELDS = ['type', 'bsize', 'blocks', 'bfree', 'bavail', 'files', 'ffree'];

/** What `statfs` tells of a file system. */
class StatFs {
  constructor(fields) {
    FS_FIELDS.forEach((name, i) => { this[name] = fields[i]; });
  }
}

function statFsOf(numbers, options) {
  return new StatFs(options?.bigint ? numbers.map(BigInt) : numbers);
}

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

module.exports = { BigIntStats, Dirent, Stats, direntType, isDirectory, isSameFile, isSymbolicLink, permissions, readableSize, statFsOf, statsOf };
