import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { AnswerFilter, type AnswerHead, type Finished } from 'bottlenose/kit';
import { get, RawClient, serving } from '../../servers/raw-client.js';

type Place = 'head' | 'write' | 'end' | 'later';

/** Fails at one place, `later` when a part of the answer is out. */
class Failing extends AnswerFilter {
  readonly #place: Place;

  constructor(place: Place) {
    super();
    this.#place = place;
  }

  #at(place: Place): void {
    if (this.#place === place) throw new Error(`fails at ${place}`);
  }

  override head(head: AnswerHead): void {
    this.#at('head');
    super.head(head);
  }

  override write(chunk: string | Uint8Array): boolean {
    this.#at('write');
    super.write(chunk);
    if (this.#place === 'later') super.write(' and more');
    this.#at('later');
    return true;
  }

  override end(): void {
    this.#at('end');
    super.end();
  }
}

describe('a filter that throws', () => {
  async function asked(place: Place, path: string): Promise<{ received: string; logged: string[]; finished: Finished }> {
    const logged: string[] = [];
    let finished: Finished | undefined;
    const app = new Bottle({ logger: (_message, error) => void logged.push((error as Error).message) });
    app.install({
      around: (next) => (context) => {
        context.onFinish((one) => {
          finished = one;
        });
        context.filter(new Failing(place));
        return next(context);
      },
    });
    app.get('/', () => 'the whole');
    app.get('/stream', function* () {
      yield 'the first';
      yield 'the second';
    });
    let received = '';
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(get(path, 'Connection: close'));
      await client.closed;
      received = client.received;
    });
    return { received, logged, finished: finished as Finished };
  }

  it.each(['head', 'write', 'end'] as const)('at %s makes a whole answer an error page', async (place) => {
    for (const path of place === 'head' ? ['/', '/none', '/stream'] : ['/', '/none']) {
      const { received, logged, finished } = await asked(place, path);
      expect(received).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
      expect(received).not.toContain('the whole');
      expect(received).toMatch(/Error: 500/);
      expect(logged).toEqual([`fails at ${place}`]);
      expect(finished).toMatchObject({ status: 500, ending: 'complete' });
    }
  });

  it.each([
    ['write', '/stream'],
    ['end', '/stream'],
    ['later', '/stream'],
    ['later', '/'],
  ] as const)('at %s of %s breaks the answer off, so that the client notices', async (place, path) => {
    const { received, logged, finished } = await asked(place, path);
    // Where no piece was written, the server may not have sent the head.
    expect(received).toMatch(/^(?:HTTP\/1\.1 200 |$)/);
    // The last chunk of a complete body is an empty one.
    expect(received.endsWith('\r\n0\r\n\r\n')).toBe(false);
    expect(logged).toEqual([`fails at ${place}`]);
    expect(finished).toMatchObject({ status: 200, ending: 'aborted' });
  });
});
