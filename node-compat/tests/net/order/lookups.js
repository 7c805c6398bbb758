// Look-ups by callback and by promise, one after the other. No name server is needed: a name that ends in .invalid has no
// address whether one is asked or not, and what the system knows of `localhost` is taken as it is.
const dns = require('dns');
const { log, around } = require('./common');

const shown = (error) => `${error.message} ${error.code} ${error.syscall} ${error.hostname}`.replaceAll('EAI_AGAIN', 'ENOTFOUND');
const hasNone = (error) => error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN';
const isLocal = (address) => address === '::1' || address.startsWith('127.');
const steps = [
  (next) => dns.lookup('localhost', { family: 4 }, (error, address) => next(isLocal(address))),
  (next) => dns.lookup('localhost', { all: true }, (error, found) => next(found.every((it) => isLocal(it.address)))),
  (next) => dns.lookup('localhost', { family: 6 }, (error, address) => next(error ? hasNone(error) : address === '::1')),
  (next) => dns.lookup('localhost', { all: true, order: 'ipv4first' }, (error, found) => next(found[0].family)),
  (next) => dns.lookup('localhost', { family: 6, hints: dns.V4MAPPED }, (error, address) => next(error ? hasNone(error) : isLocal(address.replace('::ffff:', '')))),
  (next) => dns.lookup('127.1', (error, address) => next(address)),
  (next) => dns.lookup('host.invalid', (error) => next(shown(error))),
  (next) => dns.lookup('host.invalid', { all: true }, (error) => next(shown(error))),
  (next) => dns.lookup('x'.repeat(300), (error) => next(`${error.code} ${error.errno} ${error.message.length}`)),
  (next) => dns.lookup('1.2.3.4', { family: 6 }, (error, address) => next(address)),
  (next) => dns.lookup('::1', { family: 4 }, (error, address) => next(address)),
  (next) => dns.lookup('fe80::1%lo', (error, address) => next(address.split('%')[0])),
  (next) => dns.lookup('', { all: true }, (error, found) => next(found.length)),
  (next) => dns.lookupService('127.0.0.1', 54321, (error, host, service) => next(host.length > 0 && service)),
  (next) => dns.lookupService('192.0.2.1', 80, (error) => next(shown(error))),
  (next) => dns.promises.lookup('localhost', { family: 4 }).then(({ address }) => next(isLocal(address))),
  (next) => dns.promises.lookup('localhost', { all: true }).then((found) => next(found.every((it) => isLocal(it.address)))),
  (next) => dns.promises.lookup('1.2.3.4').then(({ address }) => next(address)),
  (next) => dns.promises.lookup('1.2.3.4', { all: true }).then((found) => next(found.length)),
  (next) => dns.promises.lookup('', { all: true }).then((found) => next(found.length)),
  (next) => dns.promises.lookup('x'.repeat(300)).catch((error) => next(error.code)),
  (next) => dns.promises.lookup('host.invalid').catch((error) => next(shown(error))),
  (next) => dns.promises.lookupService('127.0.0.1', 54321).then(({ service }) => next(service)),
  (next) => dns.promises.lookupService('192.0.2.1', 80).catch((error) => next(`${hasNone(error)} ${error.syscall}`)),
];

// Each step is asked for in a timer, and when all is quiet the next one in another.
const take = (n) => {
  if (n === steps.length) return;
  const name = `step ${n}`;
  process.nextTick(() => log(name, 'tick before'));
  Promise.resolve().then(() => log(name, 'microtask before'));
  steps[n]((found) => {
    log(name, found);
    around(name);
    setImmediate(() => setTimeout(() => take(n + 1), 1));
  });
  process.nextTick(() => log(name, 'tick after'));
  Promise.resolve().then(() => log(name, 'microtask after'));
};
take(0);
