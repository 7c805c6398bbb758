'use strict';

// What there is to know of the system. The constants are Linux's.

const { notImplemented } = require('internal/errors');

/** Of the native side, where it has the function. */
function ask(name) {
  const binding = internalBinding('os');
  if (typeof binding[name] !== 'function') throw notImplemented(`os.${name}()`);
  return binding[name]();
}

/** Reads "NAME 1 NAME 2 ..." into an object without a prototype. */
function table(text) {
  const object = { __proto__: null };
  const words = text.split(/\s+/);
  for (let i = 0; i + 1 < words.length; i += 2) object[words[i]] = Number(words[i + 1]);
  return object;
}

let constants;

function makeConstants() {
  return {
    __proto__: null,
    UV_UDP_REUSEADDR: 4,
    dlopen: table('RTLD_LAZY 1 RTLD_NOW 2 RTLD_GLOBAL 256 RTLD_LOCAL 0 RTLD_DEEPBIND 8'),
    errno: table(`E2BIG 7 EACCES 13 EADDRINUSE 98 EADDRNOTAVAIL 99 EAFNOSUPPORT 97 EAGAIN 11 EALREADY 114 EBADF 9 EBADMSG 74
      EBUSY 16 ECANCELED 125 ECHILD 10 ECONNABORTED 103 ECONNREFUSED 111 ECONNRESET 104 EDEADLK 35 EDESTADDRREQ 89 EDOM 33
      EDQUOT 122 EEXIST 17 EFAULT 14 EFBIG 27 EHOSTUNREACH 113 EIDRM 43 EILSEQ 84 EINPROGRESS 115 EINTR 4 EINVAL 22 EIO 5
      EISCONN 106 EISDIR 21 ELOOP 40 EMFILE 24 EMLINK 31 EMSGSIZE 90 EMULTIHOP 72 ENAMETOOLONG 36 ENETDOWN 100 ENETRESET 102
      ENETUNREACH 101 ENFILE 23 ENOBUFS 105 ENODATA 61 ENODEV 19 ENOENT 2 ENOEXEC 8 ENOLCK 37 ENOLINK 67 ENOMEM 12 ENOMSG 42
      ENOPROTOOPT 92 ENOSPC 28 ENOSR 63 ENOSTR 60 ENOSYS 38 ENOTCONN 107 ENOTDIR 20 ENOTEMPTY 39 ENOTSOCK 88 ENOTSUP 95
      ENOTTY 25 ENXIO 6 EOPNOTSUPP 95 EOVERFLOW 75 EPERM 1 EPIPE 32 EPROTO 71 EPROTONOSUPPORT 93 EPROTOTYPE 91 ERANGE 34
      EROFS 30 ESPIPE 29 ESRCH 3 ESTALE 116 ETIME 62 ETIMEDOUT 110 ETXTBSY 26 EWOULDBLOCK 11 EXDEV 18`),
    signals: Object.freeze(table(`SIGHUP 1 SIGINT 2 SIGQUIT 3 SIGILL 4 SIGTRAP 5 SIGABRT 6 SIGIOT 6 SIGBUS 7 SIGFPE 8
      SIGKILL 9 SIGUSR1 10 SIGSEGV 11 SIGUSR2 12 SIGPIPE 13 SIGALRM 14 SIGTERM 15 SIGCHLD 17 SIGSTKFLT 16 SIGCONT 18
      SIGSTOP 19 SIGTSTP 20 SIGTTIN 21 SIGTTOU 22 SIGURG 23 SIGXCPU 24 SIGXFSZ 25 SIGVTALRM 26 SIGPROF 27 SIGWINCH 28
      SIGIO 29 SIGPOLL 29 SIGPWR 30 SIGSYS 31`)),
    priority: table(`PRIORITY_LOW 19 PRIORITY_BELOW_NORMAL 10 PRIORITY_NORMAL 0 PRIORITY_ABOVE_NORMAL -7 PRIORITY_HIGH -14
      PRIORITY_HIGHEST -20`),
  };
}

function tmpdir() {
  const { TMPDIR, TMP, TEMP } = process.env;
  const path = TMPDIR || TMP || TEMP || '/tmp';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function homedir() {
  return process.env.HOME || ask('homedir');
}

const platform = () => process.platform;
const arch = () => process.arch;
const endianness = () => (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'LE' : 'BE');
const type = () => 'Linux';

// As in Node, these can stand for their value: `${os.platform}`.
for (const fn of [platform, arch, endianness, type, tmpdir, homedir]) {
  fn[Symbol.toPrimitive] = () => fn();
}

/** The functions that the native side answers. */
function native(name) {
  const fn = { [name]() { return ask(name); } }[name];
  if (!['cpus', 'loadavg', 'networkInterfaces', 'userInfo', 'getPriority', 'setPriority'].includes(name)) {
    fn[Symbol.toPrimitive] = () => fn();
  }
  return fn;
}

module.exports = {
  arch,
  availableParallelism: native('availableParallelism'),
  cpus: native('cpus'),
  endianness,
  freemem: native('freemem'),
  getPriority: native('getPriority'),
  homedir,
  hostname: native('hostname'),
  loadavg: native('loadavg'),
  networkInterfaces: native('networkInterfaces'),
  platform,
  release: native('release'),
  setPriority: native('setPriority'),
  tmpdir,
  totalmem: native('totalmem'),
  type,
  userInfo: native('userInfo'),
  uptime: native('uptime'),
  version: native('version'),
  machine: native('machine'),
};

Object.defineProperties(module.exports, {
  constants: { get: () => constants ??= makeConstants(), enumerable: true, configurable: false },
  EOL: { value: '\n', writable: false, enumerable: true, configurable: true },
  devNull: { value: '/dev/null', writable: false, enumerable: true, configurable: true },
});
