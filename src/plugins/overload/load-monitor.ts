import type { EventLoopUtilization, IntervalHistogram, Performance } from 'node:perf_hooks';

interface LoadLimits {
  /** In milliseconds. */
  readonly maxDelay: number;
  /** From 0 to 1. */
  readonly maxUtilization: number;
  /** In milliseconds. */
  readonly interval: number;
}

/** The resolution of the delay histogram, in milliseconds. */
const RESOLUTION = 10;

/** Measures the load of the event loop. It stops when `stop` has been called as often as `start`. */
export class LoadMonitor {
  /** Updated once per interval. */
  isOverloaded = false;
  readonly #limits: LoadLimits;
  #starts = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #histogram: IntervalHistogram | undefined = undefined;
  /** The number of samples at the last update, and their sum in nanoseconds. */
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
    this.#timer = setInterval(() => this.#update(), interval);
    this.#timer.unref?.();
  }

  stop(): void {
    if (this.#starts === 0 || --this.#starts > 0) return;
    clearInterval(this.#timer);
    this.#histogram?.disable();
    this.isOverloaded = false;
  }

  #update(): void {
    const { maxDelay, maxUtilization } = this.#limits;
    this.isOverloaded = this.#delay() > maxDelay || (maxUtilization < 1 && this.#recentUtilization() > maxUtilization);
  }

  /**
   * Returns the mean delay since the last update, in milliseconds. Without samples, or without a histogram, it returns the delay of this
   * update. The histogram is never reset: a reset discards the time of the last tick, so a loop with one tick per update would never be
   * measured.
   */
  #delay(): number {
    const now = performance.now();
    const ownDelay = now - this.#due;
    this.#due = now + this.#limits.interval;
    const histogram = this.#histogram;
    if (histogram === undefined || !(histogram.count > this.#count)) return ownDelay;
    const { count, mean } = histogram;
    const sum = count * mean;
    const recentMean = (sum - this.#sum) / (count - this.#count);
    this.#count = count;
    this.#sum = sum;
    return recentMean / 1e6 - RESOLUTION;
  }

  #recentUtilization(): number {
    const before = this.#utilization;
    this.#utilization = loop().eventLoopUtilization();
    return loop().eventLoopUtilization(this.#utilization, before).utilization;
  }
}

/** Node's `performance`. TypeScript types the global one as that of browsers. */
function loop(): Performance {
  return process.getBuiltinModule('node:perf_hooks').performance;
}

/** Returns `undefined` if the runtime has no delay histogram. */
function delayHistogram(): IntervalHistogram | undefined {
  try {
    const histogram = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: RESOLUTION });
    histogram.enable();
    return histogram;
  } catch {
    return undefined;
  }
}
