// The part of prom-client that is used here, so that users who do not install it can compile against these declarations.

export interface Registry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

interface Settings {
  name: string;
  help: string;
  labelNames?: readonly string[];
  buckets?: readonly number[];
  registers: readonly Registry[];
}

export interface Counter {
  labels(...values: string[]): { inc(): void };
}

export interface Gauge {
  inc(): void;
  dec(): void;
}

export interface Histogram {
  labels(...values: string[]): { observe(value: number): void };
}

export interface PromClient {
  Registry: new () => Registry;
  Counter: new (settings: Settings) => Counter;
  Gauge: new (settings: Settings) => Gauge;
  Histogram: new (settings: Settings) => Histogram;
  collectDefaultMetrics(settings: { register: Registry; prefix: string }): void;
}
