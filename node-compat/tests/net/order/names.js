// Names, and look-ups without a socket.
const net = require('net');
const dns = require('dns');
const { log, watch } = require('./common');

dns.lookup('127.0.0.1', (error, address) => log('lookup', address));
dns.lookup('::1', { all: true }, (error, found) => log('all', found.map((it) => it.address)));
process.nextTick(() => log('tick'));
const server = net.createServer((socket) => socket.end());
server.listen(0, 'localhost', () => {
  log('listening on', server.address().address);
  const client = net.connect({ port: server.address().port, host: 'localhost', family: 4 });
  client.on('lookup', (error, address, family, host) => log('client lookup', error, address, host));
  watch('client', client);
  client.resume();
  client.on('close', () => {
    server.close();
    const lost = net.connect(1, 'no such host');
    lost.on('lookup', (error, address, family, host) => log('lost lookup', error.message, host));
    watch('lost', lost);
    lost.on('error', (error) => log(error.syscall, error.hostname));
    dns.promises.lookup('127.0.0.1').then(({ address }) => log('promised', address));
  });
});
