async function f(fail) {
  try {
    console.log('try ' + fail);
    await null;
    if (fail) throw new Error('inside');
    return 'returned';
  } catch (e) {
    console.log('catch ' + e.message);
    return 'from catch';
  } finally {
    await null;
    console.log('finally ' + fail);
  }
}
f(false).then(console.log);
f(true).then(console.log);
