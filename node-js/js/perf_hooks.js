'use strict';

// `performance`: the clock, marks and measures. Observers, histograms and the loop's utilization are not there.

const { codes, notImplemented } = require('internal/errors');
const { validateNumber, validateObject } = require('internal/validators');
const { now } = require('internal/clock');

const kInspect = Symbol.for('nodejs.util.inspect.custom');
/** Only this file makes these objects. */
const kCreate = Symbol('kCreate');

const timeOrigin = Date.now() - now();

class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(key, name, entryType, startTime, duration) {
    if (key !== kCreate) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }

  get name() { return this.#name; }

  get entryType() { return this.#entryType; }

  get startTime() { return this.#startTime; }

  get duration() { return this.#duration; }

  toJSON() {
    const { name, entryType, startTime, duration } = this;
    return { name, entryType, startTime, duration };
  }

  [kInspect](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('internal/util/inspect');
    return `${this.constructor.name} ${inspect(this.toJSON(), { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(name, options = {}) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    name = `${name}`;
    if (options !== null) validateObject(options, 'options');
    const startTime = options?.startTime ?? now();
    validateNumber(startTime, 'startTime');
    if (startTime < 0) throw new codes.ERR_PERFORMANCE_INVALID_TIMESTAMP(startTime);
    super(kCreate, name, 'mark', startTime, 0);
    this.#detail = options?.detail ?? null;
  }

  get detail() { return this.#detail; }

  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(key, name, startTime, duration, detail) {
    super(key, name, 'measure', startTime, duration);
    this.#detail = detail;
  }

  get detail() { return this.#detail; }

  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

/** All marks and measures, by start time. */
let timeline = [];

function record(entry) {
  let at = timeline.length;
  while (at > 0 && timeline[at - 1].startTime > entry.startTime) at--;
  timeline.splice(at, 0, entry);
  return entry;
}

/** A time, of a number or of the last mark of a name. */
function timeOf(mark) {
  if (typeof mark === 'number') {
    if (mark < 0) throw new codes.ERR_PERFORMANCE_INVALID_TIMESTAMP(mark);
    return mark;
  }
  const found = timeline.findLast((entry) => entry.entryType === 'mark' && entry.name === `${mark}`);
  if (found === undefined) throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
  return found.startTime;
}

function measured(startOrOptions, endMark) {
  const options = typeof startOrOptions === 'object' && startOrOptions !== null ? startOrOptions : undefined;
  if (options === undefined) {
    const end = endMark !== undefined ? timeOf(endMark) : now();
    return { start: typeof startOrOptions === 'string' ? timeOf(startOrOptions) : 0, end, detail: null };
  }
  const { start, end, duration } = options;
  const conflict = (message) => new codes.ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS(message);
  if (start !== undefined && end !== undefined && duration !== undefined) {
    throw conflict('Must not have options.start, options.end, and options.duration specified');
  }
  if (endMark !== undefined) throw conflict('endMark must not be specified');
  const until = end !== undefined ? timeOf(end) :
    start !== undefined && duration !== undefined ? timeOf(start) + duration : now();
  const from = start !== undefined ? timeOf(start) :
    end !== undefined && duration !== undefined ? timeOf(end) - duration : 0;
  return { start: from, end: until, detail: options.detail ?? null };
}

class Performance {
  #own = true;

  constructor(key) {
    if (key !== kCreate) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
  }

  static #check(performance) {
    if (typeof performance !== 'object' || performance === null || !(#own in performance)) {
      throw new codes.ERR_INVALID_ARG_TYPE('this', 'Performance', performance);
    }
  }

  clearMarks(name = undefined) {
    Performance.#check(this);
    clear('mark', name);
  }

  clearMeasures(name = undefined) {
    Performance.#check(this);
    clear('measure', name);
  }

  getEntries() {
    Performance.#check(this);
    return timeline.slice();
  }

  getEntriesByName(name, type = undefined) {
    Performance.#check(this);
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    return timeline.filter((entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type));
  }

  getEntriesByType(type) {
    Performance.#check(this);
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    return timeline.filter((entry) => entry.entryType === `${type}`);
  }

  mark(name, options = {}) {
    Performance.#check(this);
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    return record(new PerformanceMark(name, options));
  }

  measure(name, startOrMeasureOptions = undefined, endMark = undefined) {
    Performance.#check(this);
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    const { start, end, detail } = measured(startOrMeasureOptions, endMark);
    return record(new PerformanceMeasure(kCreate, `${name}`, start, end - start, detail));
  }

  now() {
    Performance.#check(this);
    return now();
  }

  get timeOrigin() {
    Performance.#check(this);
    return timeOrigin;
  }

  toJSON() {
    Performance.#check(this);
    return { timeOrigin };
  }

  eventLoopUtilization() {
    throw notImplemented('performance.eventLoopUtilization()');
  }

  timerify() {
    throw notImplemented('performance.timerify()');
  }

  [kInspect](depth, options) {
    if (depth < 0) return this;
    const { inspect } = require('internal/util/inspect');
    return `Performance ${inspect({ timeOrigin }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

function clear(type, name) {
  timeline = timeline.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name}`));
}

for (const Class of [PerformanceEntry, PerformanceMark, PerformanceMeasure, Performance]) {
  require('internal/event_target').exposeMembers(Class);
}

/** A constructor that is not there yet. */
function absent(name) {
  return class {
    constructor() {
      throw notImplemented(`perf_hooks.${name}`);
    }
  };
}

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver: absent('PerformanceObserver'),
  monitorEventLoopDelay() { throw notImplemented('perf_hooks.monitorEventLoopDelay()'); },
  createHistogram() { throw notImplemented('perf_hooks.createHistogram()'); },
  performance: new Performance(kCreate),
};
