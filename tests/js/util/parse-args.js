// util.parseArgs and util.parseEnv.
const util = require('util');

function show(config) {
  try {
    console.log(util.parseArgs(config));
  } catch (error) {
    console.log(error.name, error.code, error.message);
  }
}

const options = {
  foo: { type: 'boolean', short: 'f' },
  bar: { type: 'string', short: 'b' },
  many: { type: 'string', multiple: true, short: 'm' },
  preset: { type: 'string', default: 'dd' },
  verbose: { type: 'boolean', multiple: true, short: 'v' },
};
const lines = [
  '-f --bar b', '-fbx', '--bar=1 --bar=2', '-m 1 -m 2', '-vvv', 'pos', '--unknown', '-x', '--foo=1', '--bar', '--bar -x',
  '-b -x', '-- a -f', '-f -- x', '--no-foo', '-fvb z', '--bar=', '-', '-- -', '-b=5', '--many=a --many b', 'a -f b --bar c d',
];
for (const line of lines) {
  const args = line.split(' ');
  for (const extra of [{}, { strict: false }, { allowPositionals: true, tokens: true }, { allowNegative: true }]) {
    show({ args, options, ...extra });
  }
}
show({ args: ['-f'], options: { foo: { type: 'x' } } });
show({ args: 1 });
show({ options: { a: { type: 'string', short: 'ab' } } });
show({ args: [], options: { a: { type: 'string', default: 1 } } });
show({ args: ['a', '--b', 'c'], strict: false });

console.log(util.parseEnv('A=1\nB="x y"\n# c\nexport C=3 # com\nD=\'q\'\nE=`m\nn`\nF=\n  G = h \nH="a\\nb"\nI=a=b'));
