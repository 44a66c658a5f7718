import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { RawClient, request } from '../raw-client.js';
import { ask, get, isAlive, LIMIT, Load, Program, until } from './program.js';

const open: Program[] = [];

async function start(options: object): Promise<Program> {
  const program = await Program.start({ workers: 2, ...options });
  open.push(program);
  return program;
}

function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

afterEach(async () => {
  for (const program of open.splice(0)) await program.end();
}, LIMIT);

const within = (name: string, test: () => Promise<void>) => it(name, test, 2 * LIMIT);

describe('run', () => {
  within('starts workers of the same program, which share a port that is free, and resolves in all of them', async () => {
    const program = await start({ workers: 3 });
    expect(program.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(new Set(program.events('running').map(({ url }) => url))).toEqual(new Set([program.url]));
    const seen = await ask(program.url, '/pid');
    expect(program.workers).toContain(seen.pid);
    expect(seen).toMatchObject({ ppid: program.child.pid, isWorker: true, args: ['{"workers":3}'] });
    expect(program.errors).toEqual([`Bottlenose is listening on ${program.url} (hit Ctrl-C to quit).`]);
  });

  within('tells in one line that the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const failing = new Bottle().run({ server: 'cluster', quiet: true, port });
    await expect(failing).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} of 127.0.0.1 is in use: stop the program that listens there, or choose another port (0 for any free port).`,
    });
    taken.close();
  });

  it('refuses numbers that make no sense, before it starts anything', async () => {
    for (const [option, value] of [
      ['workers', 0],
      ['workers', 1.5],
      ['maxRequests', -1],
      ['healthTimeout', Number.NaN],
    ] as const) {
      const failing = new Bottle().run({ server: 'cluster', quiet: true, port: 0, [option]: value });
      await expect(failing).rejects.toThrow(`${option} is ${value}`);
    }
  });

  it.each([{ socket: '/tmp/app.sock' }, { host: 'unix:/tmp/app.sock' }])(
    'refuses what its workers cannot share: %j',
    async (options) => {
      const failing = new Bottle().run({ server: 'cluster', quiet: true, ...options });
      await expect(failing).rejects.toThrow('works with one process only. Use host and port');
    },
  );

  within('listens on the socket of systemd, with all workers', async () => {
    const parent = createServer().listen(0, '127.0.0.1');
    await once(parent, 'listening');
    const { port } = parent.address() as { port: number };
    const program = await Program.start({ workers: 2 }, undefined, descriptorOf(parent));
    open.push(program);
    // This process would accept connections itself.
    parent.close();
    expect(program.url).toBe(`http://127.0.0.1:${port}`);
    expect(program.workers).toContain((await ask(program.url, '/pid')).pid);
  });

  within('refuses a Unix socket of systemd before it starts a worker', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    const parent = createServer().listen(join(folder, 'app.sock'));
    await once(parent, 'listening');
    const program = await Program.spawn({ workers: 1 }, undefined, descriptorOf(parent));
    open.push(program);
    expect(await program.exited).toEqual([1, null]);
    parent.close();
    expect(program.errors.join('\n')).toContain('(descriptor 3) is a Unix socket, which works with one process only.');
    expect(program.said).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('says what is wrong with a descriptor that is not a socket', async () => {
    const failing = new Bottle().run({ server: 'cluster', quiet: true, fd: 10_000 });
    await expect(failing).rejects.toThrow('Descriptor 10000 is not a listening socket');
  });

  within('refuses connections as soon as it stops, while it answers the requests that it has taken', async () => {
    const program = await start({ workers: 1, shutdownTimeout: LIMIT });
    const client = await RawClient.connect(program.url);
    client.send(request('POST', '/length', ['Content-Length: 1', 'Expect: 100-continue']));
    expect((await client.answer())?.status).toBe(100);
    program.kill('SIGTERM');
    await until(
      () =>
        RawClient.connect(program.url).then(
          (late) => late.close(),
          ({ code }) => code === 'ECONNREFUSED',
        ),
      'connections to be refused',
    );
    expect((await client.send('x').answer())?.text).toBe('{"length":1}');
    expect(await program.exited).toEqual([null, 'SIGTERM']);
  });

  within('stops, and says so in one line, when workers end at their start again and again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    const broken = join(folder, 'broken');
    writeFileSync(broken, '');
    const program = await Program.spawn({ workers: 1, broken });
    open.push(program);
    expect(await program.exited).toEqual([1, null]);
    expect(program.events('broken')).toHaveLength(5);
    const notes = program.errors.filter((line) => line.startsWith('Worker '));
    expect(notes.map((line) => /exited with code 3 before it listened; the next attempt is in (\d+) ms/.exec(line)?.[1])).toEqual(
      ['100', '200', '400', '800'],
    );
    expect(program.errors.join('\n')).toContain(
      'The workers do not start: the last one exited with code 3 before it listened, 5 times in a row.',
    );
    rmSync(folder, { recursive: true });
  });
});

describe('a worker that dies', () => {
  within('loses only the requests in its hands, and is replaced', async () => {
    const program = await start({});
    const { url } = program;
    // One busy connection to each, as the kernel deals them out as it likes.
    const busy = new Map<number, RawClient>();
    await until(async () => {
      const client = await RawClient.connect(url);
      const pid = JSON.parse((await client.send(get('/pid')).answer())?.text as string).pid;
      if (busy.has(pid)) client.close();
      else busy.set(pid, client);
      return busy.size === 2;
    }, 'a connection to each worker');
    for (const client of busy.values()) client.send(get('/slow/1500'));
    await until(() => program.events('taken').length === 2, 'both to be taken');
    const [victim, survivor] = [...busy.keys()] as [number, number];
    process.kill(victim, 'SIGKILL');
    // While it is being replaced, everybody is answered.
    for (let i = 0; i < 20; i++) expect((await ask(url, '/pid')).pid).not.toBe(victim);
    expect(await busy.get(victim)?.answer()).toBeUndefined();
    expect(JSON.parse((await busy.get(survivor)?.answer())?.text as string).pid).toBe(survivor);
    await until(() => program.workers.length === 3, 'the replacement');
    expect(program.errors).toContain(`Worker ${victim} was killed by SIGKILL; another takes its place at once.`);
    for (const client of busy.values()) client.close();
  });

  within('does not take with it the connections that wait, even when it was the only one', async () => {
    const program = await start({ workers: 1 });
    const [only] = program.workers as [number];
    process.kill(only, 'SIGSTOP');
    const waiting = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(program.url)));
    for (const client of waiting) client.send(get('/pid'));
    process.kill(only, 'SIGKILL');
    const late = await RawClient.connect(program.url);
    late.send(get('/pid'));
    for (const client of [...waiting, late]) {
      expect(JSON.parse((await client.answer())?.text as string).pid).not.toBe(only);
      client.close();
    }
  });

  within('soon, again and again, is replaced after longer and longer pauses', async () => {
    const program = await start({ workers: 1, ephemeral: 50 });
    await until(() => program.workers.length >= 5, 'the fifth worker');
    const pauses = program.errors.flatMap((line) => /exited with code 7; another takes its place (.*)\./.exec(line)?.[1] ?? []);
    expect(pauses.slice(0, 4)).toEqual(['at once', 'in 100 ms', 'in 200 ms', 'in 400 ms']);
  });

  within('and cannot be replaced any more ends the program with a status, when it was the last', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    const broken = join(folder, 'broken');
    const program = await start({ workers: 1, broken });
    writeFileSync(broken, '');
    process.kill(program.workers[0] as number, 'SIGKILL');
    expect(await program.exited).toEqual([1, null]);
    expect(program.errors.at(-1)).toContain('The workers do not start: the last one exited with code 3');
    expect(program.events('closed').filter(({ primary }) => primary)).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });

  within('with its loop blocked for too long is killed and replaced', async () => {
    const program = await start({ healthTimeout: 2000 });
    const client = await RawClient.connect(program.url);
    client.send(get('/block'));
    const { pid } = await until(() => program.events('blocked')[0], 'the block');
    await client.closed;
    await until(() => program.workers.length >= 3, 'the replacement');
    expect(isAlive(pid)).toBe(false);
    expect(program.errors.join('\n')).toContain(
      `Worker ${pid} was killed, for its event loop was blocked for more than 2000 ms (healthTimeout); another takes its place`,
    );
  });
});

describe('a reload', () => {
  within('replaces all workers under load, and no request fails', async () => {
    const program = await start({});
    const load = new Load(program.url);
    for (let reloads = 1; reloads <= 5; reloads++) {
      program.kill('SIGHUP');
      await until(() => program.errors.filter((line) => line.startsWith('All 2 workers')).length === reloads, 'the reload');
    }
    // Which of the two accepts a connection is the kernel's choice, and those of the load are kept: new ones, many at once, reach both.
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 16 }, () => ask(program.url, '/pid')));
      for (const { pid } of answers) load.pids.add(pid);
      return program.workers.slice(-2).every((pid) => load.pids.has(pid));
    }, 'the last workers to answer');
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(100);
    expect(program.workers).toHaveLength(12);
    await until(() => program.living.length === 2, 'the old workers to end');
  });

  within('cuts no connection in the middle of a request, nor one that is idle just then', async () => {
    const program = await start({ workers: 1, keepAliveTimeout: 30_000, shutdownTimeout: 60_000 });
    const [first] = program.workers;
    const busy = await RawClient.connect(program.url);
    await busy.send(get('/pid')).answer();
    busy.send(get('/slow/1000'));
    const half = await RawClient.connect(program.url);
    await half.send(get('/pid')).answer();
    half.send('GET /pid HTTP/1.1\r\nHo');
    const idle = await RawClient.connect(program.url);
    await idle.send(get('/pid')).answer();
    await until(() => program.events('taken').length === 1, 'the request to be taken');
    program.kill('SIGHUP');
    await until(() => program.errors.some((line) => line.startsWith('All 1 workers')), 'the reload');
    // Longer than a server that closes waits for what has just arrived.
    await new Promise((resolve) => setTimeout(resolve, 300));
    half.send('st: test\r\n\r\n');
    idle.send(get('/pid'));
    for (const client of [busy, half, idle]) {
      const answer = await client.answer();
      expect([JSON.parse(answer?.text as string).pid, answer?.headers.connection]).toEqual([first, 'close']);
      await client.closed;
    }
    expect((await ask(program.url, '/pid')).pid).not.toBe(first);
  });

  within('keeps the old workers when the new program does not start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    const broken = join(folder, 'broken');
    const program = await start({ broken });
    const before = [...program.workers];
    writeFileSync(broken, '');
    program.kill('SIGHUP');
    await until(() => program.errors.some((line) => line.includes('The reload was stopped')), 'the failure');
    expect(program.living).toEqual(before);
    expect(before).toContain((await ask(program.url, '/pid')).pid);
    rmSync(broken);
    program.kill('SIGHUP');
    await until(() => program.errors.some((line) => line.startsWith('All 2 workers')), 'the second reload');
    expect(before).not.toContain((await ask(program.url, '/pid')).pid);
    rmSync(folder, { recursive: true });
  });
});

describe('maxRequests', () => {
  within('replaces a worker that has served that many, and no request fails', async () => {
    const program = await start({ workers: 1, maxRequests: 50, maxRequestsJitter: 10 });
    const load = new Load(program.url, 4);
    await until(() => program.workers.length >= 4, 'three replacements');
    await load.end();
    expect(load.failures).toEqual([]);
    expect(program.errors[1]).toBe(`Worker ${program.workers[0]} is being replaced: it has served its requests (maxRequests).`);
    await until(() => program.living.length === 1, 'the old ones to end');
  });
});

describe('signals', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    within(`of ${signal} end all processes, after the requests that were taken`, async () => {
      const program = await start({});
      const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.connect(program.url)));
      for (const client of clients) client.send(get('/slow/700'));
      await until(() => program.events('taken').length === 6, 'all to be taken');
      program.kill(signal);
      // A terminal sends it to all.
      if (signal === 'SIGINT') for (const pid of program.workers) process.kill(pid, signal);
      for (const client of clients) {
        const answer = await client.answer();
        expect([answer?.status, answer?.headers.connection]).toEqual([200, 'close']);
      }
      expect(await program.exited).toEqual([null, signal]);
      expect(program.living).toEqual([]);
      expect(program.events('closed')).toHaveLength(3);
      await expect(RawClient.connect(program.url)).rejects.toThrow('ECONNREFUSED');
    });
  }

  within('cut what takes longer than shutdownTimeout', async () => {
    const program = await start({ shutdownTimeout: 300 });
    const client = await RawClient.connect(program.url);
    client.send(get('/slow/100000'));
    await until(() => program.events('taken').length === 1, 'the request');
    program.kill('SIGTERM');
    await client.closed;
    expect(await program.exited).toEqual([null, 'SIGTERM']);
    expect(program.living).toEqual([]);
  });

  within('of SIGTERM to one worker have it replaced', async () => {
    const program = await start({});
    const [one] = program.workers as [number];
    process.kill(one, 'SIGTERM');
    await until(() => program.workers.length === 3 && !isAlive(one), 'the replacement');
    expect(program.errors).toContain(`Worker ${one} is being replaced: it got SIGTERM.`);
  });

  within('that come while the workers start end all processes', async () => {
    const program = await Program.spawn({ workers: 2 });
    open.push(program);
    await until(() => program.workers.length > 0 || program.errors.length > 0, 'the first worker');
    program.kill('SIGTERM');
    expect(await program.exited).toEqual([null, 'SIGTERM']);
    await until(() => program.living.length === 0, 'the workers to end');
  });

  within('that kill the primary let the workers finish what they have taken', async () => {
    const program = await start({});
    const client = await RawClient.connect(program.url);
    client.send(get('/slow/500'));
    await until(() => program.events('taken').length === 1, 'the request');
    program.kill('SIGKILL');
    expect((await client.answer())?.status).toBe(200);
    await until(() => program.living.length === 0, 'the workers to end');
  });
});

describe('close', () => {
  within('in the primary ends the workers, and leaves the rest to the program', async () => {
    const program = await start({});
    program.kill('SIGUSR2');
    await until(() => program.events('ended').length === 1, 'the end');
    expect(program.living).toEqual([]);
    // Nothing keeps it alive.
    expect(await program.exited).toEqual([0, null]);
  });
});
