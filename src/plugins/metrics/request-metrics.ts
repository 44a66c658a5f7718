import type { Context, Finished } from '../../kit/index.js';
import type { Counter, Gauge, Histogram, PromClient, Registry } from './prom-client.js';

/** The methods of RFC 9110 and RFC 5789. Clients may send any other. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The metrics of requests. Clients cannot choose the values of their labels. */
export class RequestMetrics {
  readonly #total: Counter;
  readonly #duration: Histogram;
  readonly #inFlight: Gauge;

  constructor(client: PromClient, registry: Registry, prefix: string, buckets: readonly number[]) {
    const registers = [registry];
    this.#total = new client.Counter({
      name: `${prefix}http_requests_total`,
      help: 'Requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#duration = new client.Histogram({
      name: `${prefix}http_request_duration_seconds`,
      help: 'From the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route'],
      buckets: [...buckets],
      registers,
    });
    this.#inFlight = new client.Gauge({
      name: `${prefix}http_requests_in_flight`,
      help: 'Requests that are being answered.',
      registers,
    });
  }

  /** Counts a request when its response has ended. */
  count(context: Context): void {
    const verb = context.request.originalMethod;
    const method = METHODS.has(verb) ? verb : 'OTHER';
    this.#inFlight.inc();
    context.onFinish((finished) => this.#finished(method, finished));
  }

  #finished(method: string, { rule = '', status, duration }: Finished): void {
    this.#inFlight.dec();
    this.#total.labels(method, rule, status === 0 ? 'none' : `${Math.floor(status / 100)}xx`).inc();
    // The client decides how long a WebSocket stays open, so that time is not a response time.
    if (status !== 101) this.#duration.labels(method, rule).observe(duration / 1000);
  }
}
