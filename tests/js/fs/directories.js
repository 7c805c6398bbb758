// mkdir, readdir, rm, rmdir, opendir, realpath, links, cp.
const fs = require('fs');
const show = (v) => (v instanceof Error ? `${v.name} ${v.code} ${v.message.replaceAll(process.cwd(), 'CWD')}` : Buffer.isBuffer(v) ? `<${v}>` : v instanceof fs.Dirent ? `${v.name}@${v.parentPath}${v.isDirectory() ? '/' : v.isSymbolicLink() ? '->' : ''}` : Array.isArray(v) ? `[${v.map(show)}]` : String(v).replaceAll(process.cwd(), 'CWD'));
const tree = (p) => fs.readdirSync(p, { withFileTypes: true }).map((e) => e.name + (e.isDirectory() ? `{${tree(`${p}/${e.name}`)}}` : e.isSymbolicLink() ? `->${show(fs.readlinkSync(`${p}/${e.name}`))}` : '')).join(' ');
const reset = () => {
  for (const name of fs.readdirSync('.')) fs.rmSync(name, { recursive: true });
  fs.mkdirSync('d/e', { recursive: true }); fs.writeFileSync('f', 'F'); fs.writeFileSync('d/x', 'X'); fs.writeFileSync('d/e/y', 'Y'); fs.symlinkSync('d', 'dl'); fs.symlinkSync('f', 'fl'); fs.symlinkSync('nowhere', 'dangling'); fs.symlinkSync('loop', 'loop');
};
const each = async (name, args, state = true) => {
  for (const how of ['sync', 'callback', 'promise']) {
    reset();
    let result;
    try {
      result = how === 'sync' ? fs[`${name}Sync`](...args) : how === 'promise' ? await fs.promises[name](...args) :
        await new Promise((done, fail) => fs[name](...args, (e, r) => (e ? fail(e) : done(r))));
    } catch (e) { result = e; }
    console.log(how, name, JSON.stringify(args), show(result), state ? `| ${tree('.')}` : '');
  }
};
(async () => {
  for (const options of [undefined, 0o700, '700', { recursive: true }, { recursive: true, mode: 0o711 }, { recursive: false }]) for (const path of ['n1', 'n2/n3/n4', 'f', 'f/q', 'd', 'd/q/w/e', 'nn/../nm', './n5/', 'n6//n7', 'dl/via']) await each('mkdir', [path, options]);
  for (const options of [undefined, { withFileTypes: true }, { recursive: true }, { recursive: true, withFileTypes: true }, 'buffer', { encoding: 'buffer', withFileTypes: true }, { encoding: 'hex' }]) for (const path of ['d', 'f', 'nope', 'dl', 'd/']) if (!(options?.recursive && (path === 'f' || path === 'nope'))) await each('readdir', [path, options], false);
  for (const options of [undefined, { recursive: true }, { force: true }, { recursive: true, force: true }]) for (const path of ['d', 'f', 'fl', 'dl', 'nope', 'nope/x', 'd/e']) await each('rm', [path, options]);
  for (const path of ['d', 'd/e', 'f', 'nope', 'dl']) await each('rmdir', [path]);
  for (const path of ['d', 'fl', 'dl/e', '.', 'd/../f', './/d//e', 'fl/x', 'f/y', 'nope']) await each('realpath', [path], false).catch(console.log);
  for (const path of ['dangling', 'loop', '']) { try { fs.realpathSync(path); } catch (e) { console.log(show(e)); } try { console.log(show(fs.realpathSync.native(path))); } catch (e) { console.log(show(e)); } }
  for (const path of ['fl', 'f', 'nope', 'd']) await each('readlink', [path], false);
  await each('symlink', ['f', 'new']); await each('symlink', ['f', 'f']); await each('symlink', ['f', 'new', 'file']); await each('symlink', ['f', 'new', 'zz']);
  await each('link', ['f', 'new']); await each('link', ['d', 'new']); await each('rename', ['f', 'd']); await each('rename', ['d', 'g']); await each('rename', ['f', 'd/f']); await each('rename', ['d', 'd/e/in']);
  await each('copyFile', ['f', 'new']); await each('copyFile', ['f', 'fl', fs.constants.COPYFILE_EXCL]); await each('copyFile', ['d', 'new']); await each('copyFile', ['f', 'd']);
  for (const args of [['f', 'x/y/z'], ['nope', 'n'], ['d', 'n', { recursive: true }], ['f', 'd'], ['d', 'f', { recursive: true }], ['f', 'f'], ['d', 'd/e/in', { recursive: true }], ['fl', 'n'], ['fl', 'n', { dereference: true }], ['fl', 'n', { verbatimSymlinks: true }], ['f', 'd/x', { force: false }], ['f', 'd/x', { force: false, errorOnExist: true }]]) await each('cp', args);
  reset();
  const dir = fs.opendirSync('d');
  const names = [];
  for (let entry; (entry = dir.readSync()) !== null;) names.push(entry.name);
  console.log(dir.path, names.sort(), dir.closeSync());
  for (const fn of [() => dir.readSync(), () => dir.closeSync(), () => dir.read(() => {})]) try { fn(); } catch (e) { console.log(show(e)); }
  await dir.close().catch((e) => console.log(show(e)));
  const found = [];
  for await (const entry of await fs.promises.opendir('d')) found.push(entry.name);
  console.log(found.sort(), await fs.promises.opendir('nope').catch(show));
  console.log(/^t-.{6}$/.test(fs.mkdtempSync('t-')), /^t-.{6}$/.test(await fs.promises.mkdtemp('t-')), Buffer.isBuffer(fs.mkdtempSync('t-', 'buffer')));
})();
