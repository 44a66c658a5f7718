import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type Lacks, lacksOf } from './capabilities.js';
import type { StartOptions, Target } from './case.js';
import { groups } from './cases/index.js';
import { http1Target } from './client.js';
import { prove, type Subject } from './suite.js';

export interface ServerUnderTest {
  /** Starts the server with the app of `app.mjs` on a free port. `url` is where cases find it. */
  start(options: StartOptions): Promise<{ url: string; close(): Promise<void> }>;
  /** Which line of the table is about it. Default: the name given to the suite. */
  row?: string;
  /** How to speak to it. Default: HTTP/1.1. */
  client?(url: string): Target;
  /** In place of the table's: for trying out. */
  lacks?: Lacks;
}

/** One `describe` with all cases, against one server. */
export function describeServer(name: string, { start, row = name, client = http1Target, lacks }: ServerUnderTest): void {
  describe(name, () => {
    let subject: Subject;
    let close = async (): Promise<void> => undefined;

    beforeAll(async () => {
      const run = async (options: StartOptions) => {
        const server = await start(options);
        return { target: client(server.url), close: () => server.close() };
      };
      const running = await run({});
      close = running.close;
      subject = { target: running.target, lacks: lacks ?? lacksOf(row), start: run };
    }, 90_000);

    afterAll(() => close(), 90_000);

    for (const { subject: about, cases } of groups) {
      describe(about, () => {
        for (const one of cases) it(one.name, () => prove(one, subject), 90_000);
      });
    }
  });
}
