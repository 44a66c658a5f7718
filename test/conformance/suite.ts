import type { Lacks } from './capabilities.js';
import type { Case, Running, StartOptions, Target } from './case.js';

/** How long a case may take, in milliseconds. */
const LIMIT = 60_000;
/** The same where it is expected to fail: what hangs has failed. */
const LIMIT_OF_FAILURE = 4_000;

/** A server under test. */
export interface Subject {
  readonly target: Target;
  /** What it lacks, by the table. */
  readonly lacks: Lacks;
  /** Starts another one, where that is possible. */
  start?(options: StartOptions): Promise<Running>;
  /** How long a case may take that is expected to hold, in milliseconds. */
  limit?: number;
}

/** Whether a case can be tried at all: some start servers of their own. */
export function isPossible(one: Case, { start }: Pick<Subject, 'start'>): boolean {
  return one.run !== undefined || start !== undefined;
}

/** What of a case's needs the server lacks. */
export function lacking({ needs = [] }: Case, lacks: Lacks): string[] {
  return needs.filter((need) => need in lacks);
}

/**
 * Proves a case: that it holds, or, where the table says that the server lacks something for it, that it does not.
 *
 * @throws what the case throws, or an error about the table.
 */
export async function prove(one: Case, subject: Subject): Promise<void> {
  const missing = lacking(one, subject.lacks);
  if (missing.length === 0) {
    await limited(one, subject, subject.limit ?? LIMIT);
    return;
  }
  try {
    await limited(one, subject, LIMIT_OF_FAILURE);
  } catch {
    return;
  }
  throw new Error(`The table says that this server lacks ${missing.join(' and ')}, but this case holds: correct the table.`);
}

async function limited(one: Case, subject: Subject, ms: number): Promise<void> {
  const open: Running[] = [];
  const start = async (options: StartOptions = {}): Promise<Running> => {
    const running = await (subject.start as NonNullable<Subject['start']>)(options);
    open.push(running);
    return running;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`This took more than ${ms} ms.`)), ms);
  });
  try {
    const running = one.run === undefined ? one.own(start) : one.run(subject.target);
    running.catch(() => undefined);
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    for (const server of open) await server.close();
  }
}
