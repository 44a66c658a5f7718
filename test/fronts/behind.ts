import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { request } from 'node:http';
import { LIMIT } from '../conformance/case.js';
import type { Front } from './front.js';
import { type Instance, stop } from './instance.js';
import type { Running } from './running.js';

/** Another client of the same machine: neither the front end's address nor one that can be mistaken for it. */
const CLIENT = '127.0.0.2';

const FORGED = {
  'X-Forwarded-For': '203.0.113.9',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Prefix': '/evil',
  'X-Real-IP': '203.0.113.9',
  Forwarded: 'for=203.0.113.9;proto=https;host=evil.example',
};

async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const call = request(url, { method, headers: { Host: 'shop.example', ...headers }, localAddress: CLIENT, agent: false });
  call.end();
  const [answer] = await once(call, 'response');
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode as number, headers: answer.headers, text, json: () => JSON.parse(text) };
}

/** What an app has to know of a request, whatever stands in front of it. */
interface Seen {
  remoteAddr: string;
  remoteRoute: string[];
  url: string;
  scriptName: string;
  path: string;
  secure: boolean;
}

const cases: readonly {
  name: string;
  /** The kinds of front ends that it is expected of. Default: all. */
  speaks?: Front['speaks'];
  retries?: boolean;
  run(running: Running, front: Front): Promise<void>;
}[] = [
  {
    name: 'the client, its address, and the URL are known at the root',
    async run({ url }, front) {
      const seen: Seen = (await ask(`${url}/seen/a%20b?c=d`)).json();
      assert.deepEqual(known(seen), {
        remoteAddr: CLIENT,
        remoteRoute: routeOf(front),
        url: 'http://shop.example/seen/a%20b?c=d',
        scriptName: '/',
        path: '/seen/a b',
        secure: false,
      });
    },
  },
  {
    name: 'below a path, scriptName and url have it, and routes are those of the root',
    async run({ url }, front) {
      const seen: Seen = (await ask(`${url}/shop/seen/a%20b?c=d`, { Host: 'shop.example:81' })).json();
      assert.deepEqual(known(seen), {
        remoteAddr: CLIENT,
        remoteRoute: routeOf(front),
        url: 'http://shop.example:81/shop/seen/a%20b?c=d',
        scriptName: '/shop/',
        path: '/seen/a b',
        secure: false,
      });
    },
  },
  {
    name: 'what a client forges is ignored',
    async run({ url }, front) {
      for (const [below, scriptName] of [
        ['', '/'],
        ['/shop', '/shop/'],
      ]) {
        const seen: Seen = (await ask(`${url}${below}/seen/x`, FORGED)).json();
        assert.deepEqual(known(seen), {
          remoteAddr: CLIENT,
          remoteRoute: routeOf(front),
          url: `http://shop.example${below}/seen/x`,
          scriptName,
          path: '/seen/x',
          secure: false,
        });
      }
    },
  },
  {
    name: 'a mounted app has both prefixes',
    async run({ url }) {
      const { scriptName, path } = (await ask(`${url}/shop/mounted/where/x`)).json();
      assert.deepEqual([scriptName, path], ['/shop/mounted/', '/where/x']);
    },
  },
  {
    name: 'a redirect stays below the path',
    async run({ url }) {
      const { status, headers } = await ask(`${url}/shop/redirect`);
      assert.equal(status, 303);
      assert.match(headers.location ?? '', /^(http:\/\/shop\.example)?\/(shop\/)?seen\?a=b$/);
    },
  },
  {
    name: 'both instances are asked',
    speaks: 'http',
    async run({ url, instances }) {
      const pids = new Set<number>();
      // One whose connection was cut by a case before this may be left out for a while.
      while (pids.size < instances.length) {
        for (let i = 0; i < 20; i++) pids.add((await ask(`${url}/process`)).json().pid);
        if (pids.size < instances.length) await new Promise((resolve) => setTimeout(resolve, 500));
      }
      assert.deepEqual([...pids].sort(), instances.map(({ child }) => child.pid as number).sort());
    },
  },
  {
    name: 'an instance that has gone is left out, and asked again when it is back',
    speaks: 'http',
    async run(running) {
      for (const index of [0, 1]) {
        await stop((running.instances[index] as Instance).child);
        for (let i = 0; i < 20; i++) assert.equal((await ask(`${running.url}/process`)).status, 200);
        await comeBack(running, index);
      }
    },
  },
  {
    name: 'one instance after the other restarts under load, and no request fails',
    speaks: 'http',
    retries: true,
    async run(running) {
      let isOver = false;
      const statuses = new Map<number, number>();
      const client = async (): Promise<void> => {
        while (!isOver) {
          const { status } = await ask(`${running.url}/slow/5`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      const clients = [client(), client(), client(), client()];
      try {
        for (const index of [0, 1]) {
          await stop((running.instances[index] as Instance).child);
          await enough(statuses, 50);
          await comeBack(running, index);
        }
      } finally {
        isOver = true;
        await Promise.all(clients);
      }
      assert.deepEqual([...statuses.keys()], [200]);
    },
  },
];

/** Starts an instance again, and waits until the front end has noticed. */
async function comeBack(running: Running, index: number): Promise<void> {
  await running.restart(index);
  const { pid } = (running.instances[index] as Instance).child;
  while ((await ask(`${running.url}/process`)).json().pid !== pid) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function enough(statuses: Map<number, number>, more: number): Promise<void> {
  const sum = (): number => [...statuses.values()].reduce((a, b) => a + b, 0);
  const wanted = sum() + more;
  while (sum() < wanted) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** There is a proxy on the way. A CGI front end reports the client's connection only. */
function routeOf({ speaks }: Front): string[] {
  return speaks === 'http' ? [CLIENT, '127.0.0.1'] : [CLIENT];
}

function known({ remoteAddr, remoteRoute, url, scriptName, path, secure }: Seen): Seen {
  return { remoteAddr, remoteRoute, url, scriptName, path, secure };
}

/** Proves these for one front end. */
export async function behind(front: Front, running: Running, text: string) {
  const outcome = { text: '', passed: 0, failed: 0 };
  for (const { name, speaks, retries, run } of cases) {
    if ((speaks ?? front.speaks) !== front.speaks || (retries && !front.retries) || !`behind: ${name}`.includes(text)) continue;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`This took more than ${LIMIT} ms.`)), LIMIT);
    });
    try {
      await Promise.race([run(running, front), late]);
      outcome.passed += 1;
    } catch (error) {
      outcome.failed += 1;
      const message = error instanceof Error ? error.message : String(error);
      outcome.text += `FAIL  behind: ${name}\n      ${message.replaceAll('\n', '\n      ')}\n`;
    } finally {
      clearTimeout(timer);
    }
  }
  return outcome;
}
