'use strict';
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.once('message', (message) => {
    process.send(message, (error) => {
      process.send(`sent ${error}`, undefined, {}, () => {
        process.disconnect();
        console.log('child:', process.connected, process.channel);
        process.send('too late', (error) => console.log('child:', error.code, error.message));
      });
    });
  });
} else {
  const child = fork(__filename, ['child'], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const said = [];
  child.stdout.setEncoding('utf8').on('data', (text) => said.push(text));
  let sync = true;
  child.send('hello', (error) => console.log('called', error, sync));
  sync = false;
  child.on('message', (message) => console.log(message));
  child.on('disconnect', () => {
    console.log('disconnect', child.connected);
    console.log(child.send('x', (error) => console.log(error.name, error.code, error.message)));
    child.once('error', (error) => {
      console.log('event', error.code, error.message);
      child.once('error', (error) => console.log('event', error.code, error.message));
      console.log(child.send('y'));
    });
    child.disconnect();
  });
  child.on('close', (code) => console.log('close', code, said.join('')));
}
