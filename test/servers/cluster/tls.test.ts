import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { certificate } from '../certificate.js';
import { get, LIMIT, Program } from './program.js';

let program: Program | undefined;

afterEach(async () => {
  await program?.end();
}, LIMIT);

/** One request on a TLS connection of its own: who answered, whether the session was resumed, and the ticket for the next one. */
async function ask(url: string, ca: string, session?: Buffer) {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), ca, ...(session && { session }) });
  let ticket: Buffer | undefined;
  let text = '';
  let isResumed: boolean | undefined;
  socket.on('secureConnect', () => {
    isResumed = socket.isSessionReused();
  });
  socket.on('session', (given) => {
    ticket = given;
  });
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(get('/pid', 'Connection: close'));
  await once(socket, 'close');
  const { pid } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as { pid: number };
  return { pid, isResumed, ticket };
}

describe('https', () => {
  it(
    'resumes the session of a client whichever worker takes its next connection',
    async () => {
      const { key, cert } = certificate();
      const tls = { key: key.toString(), cert: cert.toString() };
      program = await Program.start({ workers: 2, ...tls });
      const first = await ask(program.url, tls.cert);
      expect(first.isResumed).toBe(false);
      expect(first.ticket).toBeDefined();
      const pids = new Set([first.pid]);
      // The system decides which worker takes a connection; of many at once, one does not take all.
      for (let round = 0; round < 100 && pids.size < 2; round++) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => ask(program?.url as string, tls.cert, first.ticket)));
        expect(answers.map(({ isResumed }) => isResumed)).toEqual(Array(8).fill(true));
        for (const { pid } of answers) pids.add(pid);
      }
      expect(pids.size).toBe(2);
    },
    2 * LIMIT,
  );
});
