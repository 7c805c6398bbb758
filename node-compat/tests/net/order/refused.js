// Nobody listens: the error comes before an immediate that waits, the close after it.
const net = require('net');
const common = require('./common');
const { log, watch, around } = common;

const server = net.createServer().listen(0, '127.0.0.1', () => {
  common.port = server.address().port;
  server.close(() => {
    const client = net.connect(common.port, '127.0.0.1');
    watch('client', client);
    client.on('error', (error) => {
      log(error.syscall, error.address, error.port === common.port, error.errno);
      around('error');
    });
    client.on('close', () => around('close'));
    client.write('never', (error) => log('written', error.code, error.message));
    client.end((error) => log('ended', error.code, error.message));
    around('main');
    process.nextTick(() => setImmediate(() => log('second immediate')));
  });
});
