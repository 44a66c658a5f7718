import type { EventLoopUtilization, IntervalHistogram, Performance } from 'node:perf_hooks';

export interface LoadLimits {
  /** In milliseconds. */
  readonly maxDelay: number;
  /** From 0 to 1. */
  readonly maxUtilization: number;
  /** In milliseconds. */
  readonly interval: number;
}

/** How finely the delay is measured, in milliseconds. */
const RESOLUTION = 10;

/** Watches the event loop, from `start` to the same number of `stop`s. */
export class LoadMonitor {
  /** Read by every request. */
  isOverloaded = false;
  readonly #limits: LoadLimits;
  #starts = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #histogram: IntervalHistogram | undefined = undefined;
  /** How often the histogram had measured at the last look, and the sum of what it had measured, in nanoseconds. */
  #count = 0;
  #sum = 0;
  #utilization: EventLoopUtilization | undefined = undefined;
  #due = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  start(): void {
    if (this.#starts++ > 0) return;
    const { interval, maxUtilization } = this.#limits;
    this.#histogram = delayHistogram();
    this.#count = this.#sum = 0;
    if (maxUtilization < 1) this.#utilization = loop().eventLoopUtilization();
    this.#due = performance.now() + interval;
    this.#timer = setInterval(() => this.#look(), interval);
    this.#timer.unref?.();
  }

  stop(): void {
    if (this.#starts === 0 || --this.#starts > 0) return;
    clearInterval(this.#timer);
    this.#histogram?.disable();
    this.isOverloaded = false;
  }

  #look(): void {
    const { maxDelay, maxUtilization } = this.#limits;
    this.isOverloaded = this.#delay() > maxDelay || (maxUtilization < 1 && this.#busy() > maxUtilization);
  }

  /**
   * In milliseconds: the mean since the last look, or how late this look is itself, which is all there is to go by where nothing was
   * measured in between, or where the runtime has no histogram. That is never reset: it would forget when it last came round, and so
   * never measure a loop that comes round as seldom as this look.
   */
  #delay(): number {
    const now = performance.now();
    const late = now - this.#due;
    this.#due = now + this.#limits.interval;
    const histogram = this.#histogram;
    if (histogram === undefined || !(histogram.count > this.#count)) return late;
    const { count, mean } = histogram;
    const sum = count * mean;
    const since = (sum - this.#sum) / (count - this.#count);
    this.#count = count;
    this.#sum = sum;
    return since / 1e6 - RESOLUTION;
  }

  #busy(): number {
    const before = this.#utilization;
    this.#utilization = loop().eventLoopUtilization();
    return loop().eventLoopUtilization(this.#utilization, before).utilization;
  }
}

/** The global one is that of the Web, to TypeScript. */
function loop(): Performance {
  return process.getBuiltinModule('node:perf_hooks').performance;
}

/** `undefined` where the runtime has none. */
function delayHistogram(): IntervalHistogram | undefined {
  try {
    const histogram = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: RESOLUTION });
    histogram.enable();
    return histogram;
  } catch {
    return undefined;
  }
}
