// Listening, at once and after a look-up; closing; counting and turning away.
const net = require('net');
const common = require('./common');
const { log, around } = common;

const atOnce = net.createServer();
atOnce.on('listening', () => log('at once: listening'));
atOnce.on('close', () => log('at once: close'));
atOnce.listen(0);
log(atOnce.listening, atOnce.address().address);
try {
  atOnce.listen(0);
} catch (error) {
  log(error.code, error.message);
}
const later = net.createServer();
later.on('listening', () => log('later: listening'));
later.listen(0, '127.0.0.1');
log(later.listening, later.address());
around('main');
const never = net.createServer();
never.on('listening', () => log('never: listening'));
never.on('close', () => log('never: close'));
never.close((error) => log(error.code, error.message));
const overtaken = net.createServer();
overtaken.on('listening', () => log('overtaken: listening'));
overtaken.listen(0, '127.0.0.1');
overtaken.close(() => log('overtaken: closed'));

setImmediate(() => setImmediate(() => {
  common.port = later.address().port;
  const taken = net.createServer();
  taken.on('error', (error) => {
    log(error.message, error.code, error.syscall, error.address, error.port === common.port);
    atOnce.close();
    later.maxConnections = 1;
    later.on('connection', (socket) => {
      log('connection');
      socket.resume();
      later.getConnections((error, count) => log('count', count));
    });
    later.on('drop', ({ remoteAddress }) => log('drop', remoteAddress));
    const first = net.connect(common.port, '127.0.0.1', () => {
      const second = net.connect(common.port, '127.0.0.1', () => log('second: connect'));
      second.resume();
      second.on('error', (error) => log('second', error.code));
      second.on('close', () => {
        log('second: close');
        later.close(() => log('later: closed'));
        log(later.listening);
        first.end();
      });
    });
    first.resume();
  });
  taken.listen(common.port, '127.0.0.1');
  log(taken.listening);
}));
