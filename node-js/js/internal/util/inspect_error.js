'use strict';
// How util.inspect writes an error: its stack, under the name its class has now.

// In some engines `stack` is an accessor of Error.prototype, out of reach without the prototype.
const stackGetter = Object.getOwnPropertyDescriptor(Error.prototype, 'stack')?.get;

// The stack with its `Name: message` line. The engine may keep the frames alone.
function fullStack(error) {
  let { stack } = error;
  if (stack === undefined && Object.getPrototypeOf(error) === null && stackGetter !== undefined) {
    stack = stackGetter.call(error);
  }
  if (!stack) return Error.prototype.toString.call(error);
  if (typeof stack !== 'string') return String(stack);
  const trimmed = stack.replace(/\n+$/, '');
  if (!/^\s+at /.test(trimmed)) return trimmed;
  return `${Error.prototype.toString.call(error)}\n${trimmed}`;
}

// Properties that the stack already tells are not told again.
function dropTold(error, keys, stack) {
  for (const name of ['name', 'message', 'stack']) {
    const index = keys.indexOf(name);
    if (index !== -1 && (typeof error[name] !== 'string' || stack.includes(error[name]))) keys.splice(index, 1);
  }
}

// Puts the class's name where the stack has only its ancestor's.
function correctName(stack, constructor, name, tag) {
  const length = name.length;
  const startsWithName = name.endsWith('Error') && stack.startsWith(name) &&
    (stack.length === length || stack[length] === ':' || stack[length] === '\n');
  if (constructor === null) {
    const start = /^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/.exec(stack) || /^([a-z_A-Z0-9-]*Error)$/.exec(stack);
    const fallback = (start && start[1]) || '';
    const label = `[${fallback || 'Error'}: null prototype]${tag !== '' && tag !== fallback ? ` [${tag}]` : ''}`;
    return `${label}${stack.slice(fallback.length)}`;
  }
  if (startsWithName) {
    const label = tag !== '' && constructor !== tag ? `${constructor} [${tag}]` : constructor;
    if (label !== name) {
      return label.includes(name) ? `${label}${stack.slice(length)}` : `${label} [${name}]${stack.slice(length)}`;
    }
  }
  return stack;
}

// The longest run of frames, up to the end, that `frames` has in common with the cause's stack.
function commonFrames(frames, causeFrames) {
  for (let offset = 0; offset < frames.length; offset++) {
    const at = causeFrames.lastIndexOf(frames[offset]);
    if (at === -1) continue;
    let count = 0;
    while (offset + count < frames.length && at + count < causeFrames.length &&
           frames[offset + count] === causeFrames[at + count]) count++;
    if (count > 3) return { offset, count };
  }
  return { offset: 0, count: 0 };
}

function shortenFrames(tools, ctx, error, frames) {
  const cause = tools.hasOwn(error, 'cause') ? error.cause : undefined;
  if (cause === null || typeof cause !== 'object' || !tools.isErrorLike(cause)) return frames;
  const causeStack = fullStack(cause);
  const start = causeStack.indexOf('\n    at');
  if (start === -1) return frames;
  const { offset, count } = commonFrames(frames, causeStack.slice(start + 1).split('\n'));
  if (count > 3) {
    const skipped = count - 2;
    const note = `    ... ${skipped} lines matching cause stack trace ...`;
    frames.splice(offset + 1, skipped, ctx.stylize(note, 'undefined'));
  }
  return frames;
}

// A frame within the runtime itself is grey; a package's name is underlined.
function colorFrame(ctx, frame) {
  if (/\(node:|at (?:async )?node:/.test(frame)) return ctx.stylize(frame, 'undefined');
  return frame.replace(/(\/node_modules\/)((?:@[^/]+\/)?[^/]+)(?=\/)/g,
    (_, folder, name) => `${folder}${ctx.stylize(name, 'module')}`);
}

/**
 * The text of an error before its braces. Takes told properties out of `keys`, and adds
 * `cause` and `errors`, which are printed though they are not enumerable.
 */
function errorBase(tools, ctx, error, keys, constructor, tag) {
  let stack = fullStack(error);
  if (!ctx.showHidden && keys.length !== 0) dropTold(error, keys, stack);
  if ('cause' in error && !keys.includes('cause')) keys.push('cause');
  if (Array.isArray(error.errors) && tools.hasOwn(error, 'errors') && !keys.includes('errors')) keys.push('errors');
  const name = error.name === undefined || error.name === null ? 'Error' : String(error.name);
  stack = correctName(stack, constructor, name, tag);

  // Frames begin behind the message, which may look like one itself.
  let from = (error.message && stack.indexOf(error.message)) || -1;
  if (from !== -1) from += error.message.length;
  const framesAt = stack.indexOf('\n    at', from);
  if (framesAt === -1) {
    stack = `[${stack}]`;
  } else {
    let frames = shortenFrames(tools, ctx, error, stack.slice(framesAt + 1).split('\n'));
    if (ctx.colors) frames = frames.map((frame) => colorFrame(ctx, frame));
    stack = `${stack.slice(0, framesAt)}\n${frames.join('\n')}`;
  }
  return ctx.indentationLvl === 0 ? stack : stack.replaceAll('\n', `\n${' '.repeat(ctx.indentationLvl)}`);
}

module.exports = { errorBase, fullStack };
