import type { Context, Finished } from '../../kit/index.js';
import type { Counter, Gauge, Histogram, PromClient, Registry } from './prom-client.js';

/** Those of RFC 9110 and RFC 5789; a client may send any other. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The metrics of requests, all with labels whose values clients cannot choose. */
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

  /** Counts a request, when its answer is over. */
  count(context: Context): void {
    const verb = context.request.originalMethod;
    const method = METHODS.has(verb) ? verb : 'OTHER';
    this.#inFlight.inc();
    context.onFinish((finished) => this.#finished(method, finished));
  }

  #finished(method: string, { rule = '', status, duration }: Finished): void {
    this.#inFlight.dec();
    this.#total.labels(method, rule, status === 0 ? 'none' : `${Math.floor(status / 100)}xx`).inc();
    // A WebSocket lives as long as its client likes, which says nothing of how fast we are.
    if (status !== 101) this.#duration.labels(method, rule).observe(duration / 1000);
  }
}
