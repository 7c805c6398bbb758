// The timeout begins anew with what comes and goes, and after it has been told.
const net = require('net');
const { log, watch } = require('./common');

const server = net.createServer((socket) => {
  watch('peer', socket);
  socket.resume();
});
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => {
    client.setTimeout(40);
    let told = 0;
    client.on('timeout', () => {
      if (++told === 1) client.write('again', () => log('written'));
      else if (told === 2) {
        client.setTimeout(0);
        setTimeout(() => {
          log('no more');
          client.setTimeout(10, () => client.end());
        }, 60);
        server.close();
      }
    });
  });
  watch('client', client);
});
