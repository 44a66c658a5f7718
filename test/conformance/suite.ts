import { setMaxListeners } from 'node:events';
import type { Lacks } from './capabilities.js';
import { type Case, LIMIT, type Running, type StartOptions, type Target } from './case.js';
import type { AskOptions } from './client.js';

/** How long a case may take that is expected to fail, in milliseconds: what hangs has failed. */
const LIMIT_OF_FAILURE = 4_000;

/** A server under test. */
export interface Subject {
  readonly target: Target;
  /** What it lacks, by the table. */
  readonly lacks: Lacks;
  /** Starts another one, where that is possible. */
  start?(options: StartOptions): Promise<Running>;
}

/** Whether a case can be tried at all: some start servers of their own. */
export function isPossible(one: Case, { start }: Pick<Subject, 'start'>): boolean {
  return one.run !== undefined || start !== undefined;
}

/** What of a case's needs the server lacks. */
export function lacking({ needs = [] }: Case, lacks: Lacks): string[] {
  return needs.filter((need) => typeof lacks[need] === 'string');
}

/** Why nothing can be expected of a case: the server does what it needs only sometimes. `undefined`: it can. */
export function uncertainty(one: Case, lacks: Lacks): string | undefined {
  if (lacking(one, lacks).length > 0) return undefined;
  for (const need of one.needs ?? []) {
    const lack = lacks[need];
    if (typeof lack === 'object') return `may lack ${need}: ${lack.may}`;
  }
  return undefined;
}

/** Whether a case spends its time waiting. Such cases run all at once before the others, which run one after another. */
export function waits(one: Case, lacks: Lacks): boolean {
  return one.waits === true || lacking(one, lacks).length > 0;
}

/**
 * Proves a case: that it holds, or, where the table says that the server lacks something for it, that it does not. What is slow
 * fails, so that a busy machine never makes a case hold that cannot.
 *
 * @returns how a case failed that had to.
 * @throws what the case throws, or an error about the table.
 */
export async function prove(one: Case, subject: Subject): Promise<unknown> {
  const missing = lacking(one, subject.lacks);
  if (missing.length === 0) return limited(one, subject, LIMIT);
  try {
    await limited(one, subject, LIMIT_OF_FAILURE);
  } catch (error) {
    return error;
  }
  throw new Error(`The table says that this server lacks ${missing.join(' and ')}, but this case holds: correct the table.`);
}

async function limited(one: Case, subject: Subject, ms: number): Promise<void> {
  const open: Running[] = [];
  const over = new AbortController();
  // A case may have any number of requests open.
  setMaxListeners(0, over.signal);
  const start = async (options: StartOptions = {}): Promise<Running> => {
    const { target, close } = await (subject.start as NonNullable<Subject['start']>)(options);
    const running = { target: within(target, over.signal), close };
    open.push(running);
    return running;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`This took more than ${ms} ms.`)), ms);
  });
  try {
    const running = one.run === undefined ? one.own(start) : one.run(within(subject.target, over.signal));
    running.catch(() => undefined);
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    over.abort();
    for (const server of open) await server.close();
  }
}

/** A target that closes what was opened when the signal aborts. Nobody has to await its requests. */
function within(target: Target, signal: AbortSignal): Target {
  const ending = (options: AskOptions = {}): AskOptions => ({
    ...options,
    signal: options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]),
  });
  return {
    url: target.url,
    signal,
    ask: (method, path, options) => quiet(target.ask(method, path, ending(options))),
    open: (method, path, options) => quiet(target.open(method, path, ending(options))),
    async connect() {
      const client = await target.connect();
      if (signal.aborted) client.close();
      signal.addEventListener('abort', () => client.close());
      return client;
    },
  };
}

function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
