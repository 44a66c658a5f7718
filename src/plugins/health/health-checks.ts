/** A health check. It fails if it throws, rejects or returns `false`. The signal aborts when the time limit has expired. */
export type HealthCheck = (signal: AbortSignal) => unknown;

interface Outcome {
  readonly status: 'pass' | 'fail';
  readonly reason?: string;
}

interface CheckReport {
  readonly status: 'pass' | 'fail';
  readonly checks: Readonly<Record<string, Outcome>>;
  readonly [member: string]: unknown;
}

/** Runs all checks in parallel. Concurrent reports share one run. */
export class Checks {
  readonly #checks: readonly (readonly [name: string, check: HealthCheck])[];
  readonly #timeout: number;
  readonly #details: boolean;
  #running: Promise<CheckReport> | undefined = undefined;

  constructor(checks: Readonly<Record<string, HealthCheck>>, timeout: number, details: boolean) {
    this.#checks = Object.entries(checks);
    this.#timeout = timeout;
    this.#details = details;
  }

  report(): Promise<CheckReport> {
    // Probes share one run, so that many of them do not add load to a slow database.
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<CheckReport> {
    const outcomes = await Promise.all(this.#checks.map(async ([name, check]) => [name, await this.#outcome(check)] as const));
    const status = outcomes.every(([, outcome]) => outcome.status === 'pass') ? 'pass' : 'fail';
    return { status, checks: Object.fromEntries(outcomes) };
  }

  async #outcome(check: HealthCheck): Promise<Outcome> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const reason = new Error(`It took longer than ${this.#timeout} ms.`);
        reject(reason);
        controller.abort(reason);
      }, this.#timeout);
    });
    try {
      const result = await Promise.race([timedOut, (async () => check(controller.signal))()]);
      if (result === false) throw new Error('The check returned false.');
      return { status: 'pass' };
    } catch (error) {
      if (!this.#details) return { status: 'fail' };
      return { status: 'fail', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}
