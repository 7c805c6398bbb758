// An unref'd timer does not count as work, beforeExit comes first; a beforeExit listener may give it life.
const t = setTimeout(() => console.log('timer'), 1).unref();
process.once('beforeExit', () => { console.log('beforeExit'); t.ref(); });
process.on('exit', () => console.log('exit'));
