import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { BodySink, Exchange } from '../../src/http/gateway/exchange.js';
import { field, file, multipartBody, multipartType } from './body/form-bodies.js';

type Package = typeof import('bottlenose');

// Code that few programs need is loaded for the first request that needs it. These tests are about that request.
async function freshPackage(): Promise<Package> {
  jest.resetModules();
  return import('bottlenose');
}

const bases: string[] = [];

function tempBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'bn-test-'));
  bases.push(base);
  return base;
}

afterEach(() => {
  for (const base of bases.splice(0)) rmSync(base, { recursive: true, force: true });
});

/** The files that this process has open below a directory, where the system tells. */
function openFiles(base: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(base) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** A server that has the whole body at once: it delivers piece after piece, or waits when it is asked to. */
class ReadyExchange implements Exchange {
  readonly method = 'POST';
  readonly target = '/';
  readonly httpVersion = '1.1';
  readonly secure = false;
  readonly remoteAddress = undefined;
  readonly environ = undefined;
  readonly hasBody = true;
  readonly answer: Promise<{ status: number; body: string }>;
  readonly #type: string;
  readonly #pieces: Uint8Array[];
  readonly #heedsPause: boolean;
  #sink: BodySink | undefined;
  #isPaused = false;
  #answered!: (answer: { status: number; body: string }) => void;
  /** How many pieces were delivered until the client had to wait for the first time. */
  beforePause: number | undefined;
  #delivered = 0;

  constructor(type: string, pieces: Uint8Array[], heedsPause: boolean) {
    this.#type = type;
    this.#pieces = pieces;
    this.#heedsPause = heedsPause;
    this.answer = new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  header(name: string): string | undefined {
    return name === 'content-type' ? this.#type : undefined;
  }

  rawHeaders(): string[] {
    return ['content-type', this.#type];
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#sink !== undefined && !(this.#isPaused && this.#heedsPause)) {
      const piece = this.#pieces.shift();
      if (piece === undefined) {
        const sink = this.#sink;
        this.#sink = undefined;
        sink.end();
        return;
      }
      this.#delivered++;
      this.#sink.data(piece);
    }
  }

  pauseBody(): void {
    this.beforePause ??= this.#delivered;
    this.#isPaused = true;
  }

  resumeBody(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  dropBody(): void {
    this.#sink = undefined;
  }

  send(status: number, _reason: string, _headers: string[], body: string | Uint8Array | null): void {
    this.#answered({ status, body: body === null ? '' : Buffer.from(body).toString() });
  }

  begin(): void {}
  write(): boolean {
    return true;
  }
  onDrain(): void {}
  end(): void {}
  destroy(): void {}
  onClose(): void {}
}

const slices = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => Buffer.from(bytes.subarray(i * size, (i + 1) * size)));

describe('The first request', () => {
  it('whose stream fails at once gets an error page, and its error event does not end the process', async () => {
    const { Bottle } = await freshPackage();
    const app = new Bottle({ logger: () => undefined });
    let unheard: unknown;
    app.get('/', () => {
      const stream = new Readable({ read: () => undefined });
      const error = new Error('The disk is gone.');
      queueMicrotask(() => {
        try {
          stream.emit('error', error);
        } catch (thrown) {
          unheard = thrown;
        }
        stream.destroy(error);
      });
      return stream;
    });
    const answer = await app.fetch(new Request('http://localhost/'));
    expect(unheard).toBeUndefined();
    expect(answer.status).toBe(500);
  });

  describe.each([
    ['waits when asked to', true],
    ['cannot wait', false],
  ])('with a body from a server that %s', (_what, heedsPause) => {
    const bytes = Buffer.alloc(50_000, 'abcdefg');
    const form = multipartBody([field('a', 'x'), file('f', 'big.bin', bytes)]);

    it('gets its form, whatever has arrived before that can be parsed', async () => {
      const { Bottle } = await freshPackage();
      const base = tempBase();
      const app = new Bottle({ tempDir: base, memfileMax: 1000 });
      app.post('/', async (_args, { request }) => {
        const upload = request.files.get('f');
        return [request.forms.get('a'), upload?.filename, (await upload?.bytes())?.equals(bytes)];
      });
      const exchange = new ReadyExchange(multipartType, slices(form, 7000), heedsPause);
      await app.handle(exchange);
      expect(await exchange.answer).toEqual({ status: 200, body: '["x","big.bin",true]' });
      expect(exchange.beforePause).toBe(1);
    });

    it('gets a body that is too large for memory', async () => {
      const { Bottle } = await freshPackage();
      const app = new Bottle({ tempDir: tempBase(), memfileMax: 10_000 });
      app.post('/', (_args, { request }) => request.body.equals(bytes));
      const exchange = new ReadyExchange('application/octet-stream', slices(bytes, 7000), heedsPause);
      await app.handle(exchange);
      expect(await exchange.answer).toEqual({ status: 200, body: 'true' });
    });

    it.each([
      ['a form without a boundary', 'multipart/form-data', {}, 400],
      ['a file that is too large', multipartType, { multipart: { maxFileSize: 10_000 } }, 413],
      ['a form without an end', multipartType, {}, 400],
    ])('is refused for %s, and nothing remains of it', async (what, type, limits, status) => {
      const { Bottle } = await freshPackage();
      const base = tempBase();
      const app = new Bottle({ tempDir: base, memfileMax: 1000, logger: () => undefined, ...limits });
      app.post('/', () => 'taken');
      const sent = what === 'a form without an end' ? form.subarray(0, 30_000) : form;
      const exchange = new ReadyExchange(type, slices(sent, 7000), heedsPause);
      await app.handle(exchange);
      expect((await exchange.answer).status).toBe(status);
      // By the time that another body is stored, a file that was being made for the first one is there.
      const next = new ReadyExchange('application/octet-stream', slices(bytes, 7000), true);
      await app.handle(next);
      expect((await next.answer).status).toBe(200);
      while (openFiles(base).length > 0) await sleep(5);
    });
  });
});
