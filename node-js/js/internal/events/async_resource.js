'use strict';

const EventEmitter = require('events');
const { AsyncResource } = require('async_hooks');
const { codes } = require('internal/errors');
const { validateString } = require('internal/validators');

/** The resource of an emitter; `eventEmitter` leads back to it. */
class EventEmitterReferencingAsyncResource extends AsyncResource {
  #eventEmitter;

  constructor(emitter, type, options) {
    super(type, options);
    this.#eventEmitter = emitter;
  }

  get eventEmitter() {
    return this.#eventEmitter;
  }
}

/** An emitter whose listeners run in the asynchronous context in which it was made. */
class EventEmitterAsyncResource extends EventEmitter {
  #asyncResource;

  constructor(options = undefined) {
    let name;
    if (typeof options === 'string') {
      name = options;
      options = undefined;
    } else {
      if (new.target === EventEmitterAsyncResource) validateString(options?.name, 'options.name');
      name = options?.name || new.target.name;
    }
    super(options);
    this.#asyncResource = new EventEmitterReferencingAsyncResource(this, name, options);
  }

  #resource() {
    if (!(#asyncResource in this)) throw new codes.ERR_INVALID_THIS('EventEmitterAsyncResource');
    return this.#asyncResource;
  }

  emit(event, ...args) {
    return this.#resource().runInAsyncScope(super.emit, this, event, ...args);
  }

  emitDestroy() {
    this.#resource().emitDestroy();
  }

  get asyncId() {
    return this.#resource().asyncId();
  }

  get triggerAsyncId() {
    return this.#resource().triggerAsyncId();
  }

  get asyncResource() {
    return this.#resource();
  }
}

module.exports = { EventEmitterAsyncResource };
