// fileURLToPath, and paths made of file: URLs.
const { fileURLToPath } = require('url');
const urls = ['file:///a/b', 'file:///a%20b', 'file://localhost/a', 'file://LOCALHOST/x', 'file://host/a', 'http://x', 'file:///a%2Fb', 'file:///a%2fb', 'file:a/b',
  'file:/a/../b/./c', 'file:///a?q#h', 'file:///é', 'file:///%C3%A9', 'file:///a//b', 'file:///%61\\b', 'FILE:///x', 'file:///a%00b', 'file:///', 'file:',
  'file:///a/%2e%2E/b/', ' file:///sp ', 'file:///new\nline', 'data:text/plain,x'];
for (const url of [...urls, 5, null, undefined, {}, ['file:///a']]) {
  try { console.log(url, JSON.stringify(fileURLToPath(url))); } catch (e) { console.log(url, e.name, e.code, e.message); }
}
