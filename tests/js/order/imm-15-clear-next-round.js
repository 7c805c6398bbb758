setImmediate(() => {
  const x = setImmediate(() => console.log('never'));
  setImmediate(() => console.log('y'));
  clearImmediate(x);
  console.log('cleared before its round');
});
setImmediate(() => console.log('same round'));
