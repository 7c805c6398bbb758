'use strict';

// The module `fs`. Arguments are checked first, in Node's order and with its messages; requests go through `internal/fs/request`,
// operations of several requests are in `internal/fs/operations`.

const { notImplemented } = require('internal/errors');
const { Dirent, Stats } = require('internal/fs/stats');
const constants = require('internal/fs/constants');
const { parseTime } = require('internal/fs/arguments');
const files = require('internal/fs/open_files');
const status = require('internal/fs/status');
const names = require('internal/fs/names');
const watchers = require('internal/fs/watchers');
const whole = require('internal/fs/whole_files');

/** A public function that is not there yet. */
function absent(name) {
  return { [name]() { throw notImplemented(`fs.${name}()`); } }[name];
}

// In Node's order, in which `Object.keys` shows them.
const fs = {
  appendFile: whole.appendFile,
  appendFileSync: whole.appendFileSync,
  access: status.access,
  accessSync: status.accessSync,
  chown: status.chown,
  chownSync: status.chownSync,
  chmod: status.chmod,
  chmodSync: status.chmodSync,
  close: files.close,
  closeSync: files.closeSync,
  copyFile: names.copyFile,
  copyFileSync: names.copyFileSync,
  cp: names.cp,
  cpSync: names.cpSync,
  createReadStream: absent('createReadStream'),
  createWriteStream: absent('createWriteStream'),
  exists: status.exists,
  existsSync: status.existsSync,
  fchown: status.fchown,
  fchownSync: status.fchownSync,
  fchmod: status.fchmod,
  fchmodSync: status.fchmodSync,
  fdatasync: files.fdatasync,
  fdatasyncSync: files.fdatasyncSync,
  fstat: status.fstat,
  fstatSync: status.fstatSync,
  fsync: files.fsync,
  fsyncSync: files.fsyncSync,
  ftruncate: files.ftruncate,
  ftruncateSync: files.ftruncateSync,
  futimes: status.futimes,
  futimesSync: status.futimesSync,
  lchown: status.lchown,
  lchownSync: status.lchownSync,
  lchmod: undefined,
  lchmodSync: undefined,
  link: names.link,
  linkSync: names.linkSync,
  lstat: status.lstat,
  lstatSync: status.lstatSync,
  lutimes: status.lutimes,
  lutimesSync: status.lutimesSync,
  mkdir: names.mkdir,
  mkdirSync: names.mkdirSync,
  mkdtemp: names.mkdtemp,
  mkdtempSync: names.mkdtempSync,
  open: files.open,
  openSync: files.openSync,
  openAsBlob: absent('openAsBlob'),
  readdir: names.readdir,
  readdirSync: names.readdirSync,
  read: files.read,
  readSync: files.readSync,
  readv: files.readv,
  readvSync: files.readvSync,
  readFile: whole.readFile,
  readFileSync: whole.readFileSync,
  readlink: names.readlink,
  readlinkSync: names.readlinkSync,
  realpath: names.realpath,
  realpathSync: names.realpathSync,
  rename: names.rename,
  renameSync: names.renameSync,
  rm: names.rm,
  rmSync: names.rmSync,
  rmdir: names.rmdir,
  rmdirSync: names.rmdirSync,
  stat: status.stat,
  statfs: status.statfs,
  statSync: status.statSync,
  statfsSync: status.statfsSync,
  symlink: names.symlink,
  symlinkSync: names.symlinkSync,
  truncate: files.truncate,
  truncateSync: files.truncateSync,
  unwatchFile: watchers.unwatchFile,
  unlink: names.unlink,
  unlinkSync: names.unlinkSync,
  utimes: status.utimes,
  utimesSync: status.utimesSync,
  watch: watchers.watch,
  watchFile: watchers.watchFile,
  writeFile: whole.writeFile,
  writeFileSync: whole.writeFileSync,
  write: files.write,
  writeSync: files.writeSync,
  writev: files.writev,
  writevSync: files.writevSync,
  Dirent,
  Stats,
  _toUnixTimestamp: parseTime,
  opendir: names.opendir,
  opendirSync: names.opendirSync,
};

const fixed = (value) => ({ value, enumerable: true, writable: false, configurable: false });
Object.defineProperties(fs, {
  F_OK: fixed(constants.F_OK),
  R_OK: fixed(constants.R_OK),
  W_OK: fixed(constants.W_OK),
  X_OK: fixed(constants.X_OK),
  constants: fixed(constants),
  Dir: { get: () => require('internal/fs/dir').Dir, enumerable: true, configurable: true },
  promises: { get: () => require('internal/fs/promises').promises, enumerable: true, configurable: true },
});

module.exports = fs;
