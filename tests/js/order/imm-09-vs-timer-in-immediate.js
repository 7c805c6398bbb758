// From the check phase a 0 ms timer that is due comes before the next check phase.
setImmediate(() => {
  setTimeout(() => console.log('timeout'), 0);
  setImmediate(() => console.log('immediate'));
  const end = Date.now() + 10; while (Date.now() < end);
});
