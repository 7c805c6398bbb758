'use strict';
// util.parseEnv: the variables of a .env file.

const name = /^[ \t]*(?:export[ \t]+)?([^\s=#][^=\n]*?)[ \t]*=[ \t]*/;
const value = /(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\n#]*))?[^\n]*$/;
const line = new RegExp(name.source + value.source, 'gm');

/** util.parseEnv(content). */
function parseEnv(content) {
  require('internal/validators').validateString(content, 'content');
  const result = {};
  for (const match of content.replace(/\r\n?/g, '\n').matchAll(line)) {
    const [, name, double, single, backtick, bare = ''] = match;
    result[name] = double !== undefined ? double.replaceAll('\\n', '\n') : single ?? backtick ?? bare.trim();
  }
  return result;
}

module.exports = { parseEnv };
