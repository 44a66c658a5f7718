import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { until } from '../servers/raw-client.js';
import { CAPABILITIES, type Lacks, lacksOf } from './capabilities.js';
import type { Case } from './case.js';
import { TextReader } from './cases/helpers.js';
import { groups } from './cases/index.js';
import { http1Target } from './client.js';
import { prove, type Subject, uncertainty } from './suite.js';

const cases = groups.flatMap(({ subject, cases: some }) => some.map((one) => ({ ...one, name: `${subject}: ${one.name}` })));

describe('the table of what servers lack', () => {
  it('is about things that cases ask for, each of them', () => {
    const needed = new Set(cases.flatMap(({ needs = [] }) => needs));
    expect(Object.keys(CAPABILITIES).filter((name) => !needed.has(name as never))).toEqual([]);
  });

  it('cannot go stale: a case that holds although something is said to be lacking is an error', async () => {
    const subject = (lacks: Lacks) => ({ target: {}, lacks }) as Subject;
    const holds: Case = { name: 'holds', needs: ['http1'], run: async () => undefined };
    const fails: Case = { name: 'fails', needs: ['http1'], run: () => Promise.reject(new Error('no')) };
    await prove(holds, subject({}));
    await prove(fails, subject({ http1: 'it has none' }));
    await expect(prove(fails, subject({}))).rejects.toThrow('no');
    await expect(prove(holds, subject({ http1: 'it has none' }))).rejects.toThrow('correct the table');
  });

  it('expects nothing where a server can do something only sometimes, unless it cannot do something else', () => {
    const one: Case = { name: 'asks for two things', needs: ['http1', 'websocket'], run: async () => undefined };
    expect(uncertainty(one, {})).toBeUndefined();
    expect(uncertainty(one, { websocket: 'it has none' })).toBeUndefined();
    expect(uncertainty(one, { websocket: { may: 'if it likes' } })).toBe('may lack websocket: if it likes');
    expect(uncertainty(one, { http1: 'it has none', websocket: { may: 'if it likes' } })).toBeUndefined();
  });

  it('knows which servers there are', () => {
    expect(() => lacksOf('nod')).toThrow("no 'nod' in the table");
  });
});

describe('the suite', () => {
  it('closes what a case has opened when the case is over', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = once(server, 'request');
    const open = new Set<Socket>();
    server.on('connection', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    const leaves: Case = {
      name: 'leaves a request and a connection behind',
      async run({ ask, connect }) {
        await connect();
        void ask('GET', '/never/answered');
        await asked;
      },
    };
    await prove(leaves, { target: http1Target(url), lacks: {} });
    await until(() => open.size === 0, 'the end of both connections').finally(() => {
      server.close();
      for (const socket of open) socket.destroy();
    });
  });

  it('keeps the pieces of a body that come while no case reads', async () => {
    const body = new PassThrough();
    const reader = new TextReader(body);
    body.write('first');
    await reader.until((text) => text === 'first');
    body.end('second');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await reader.all()).toBe('firstsecond');
  });
});

describe('the cases', () => {
  it('have names of their own', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
