// The app behind real web servers, from Debian's packages, each with its configuration of examples/deploy: the conformance suite
// through each of them, and what an app must know of its clients there. Says `N passed, N failed, N skipped`.
//
//   node --import tsx test/fronts/run.ts [--only TEXT] [--why] [--serve] [NAME…]
//
// NAME is a line of the table in test/conformance/capabilities.ts. `--why` tells how the cases failed that had to. `--serve` starts
// the one and leaves it running until Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { behind } from './behind.js';
import type { Front } from './front.js';
import { fronts as all } from './fronts.js';
import { type Running, start } from './running.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    why: { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
  },
});
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0 || (values.serve && chosen.length > 1)) {
  console.error(`Which of them? ${all.map(({ name }) => `'${name}'`).join(', ')}`);
  process.exit(2);
}

const open = new Set<Running>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await Promise.all([...open].map((running) => running.stop()));
    process.exit(130);
  });
}

if (values.serve) {
  const running = await start(chosen[0] as Front);
  open.add(running);
  console.log(`${chosen[0]?.name} listens on ${running.url}, and on ${running.url}/shop/ (hit Ctrl-C to quit).`);
} else {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...chosen];
  const lane = async (): Promise<void> => {
    for (let front = waiting.shift(); front !== undefined; front = waiting.shift()) {
      const begun = performance.now();
      const { text, passed, failed, skipped } = await prove(front);
      total.passed += passed;
      total.failed += failed;
      total.skipped += skipped;
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${front.name} (${seconds} s): ${passed} passed, ${failed} failed\n${text}`.trimEnd());
    }
  };
  // Much of the time is waiting.
  await Promise.all([lane(), lane(), lane()]);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

interface Outcome {
  text: string;
  passed: number;
  failed: number;
  skipped: number;
}

async function prove(front: Front): Promise<Outcome> {
  if (!existsSync(`/usr/sbin/${front.package}`)) {
    return {
      text: `skipped: there is no ${front.package} here (apt-get install ${front.package})`,
      passed: 0,
      failed: 0,
      skipped: 1,
    };
  }
  let running: Running | undefined;
  try {
    running = await start(front);
    open.add(running);
    const suite = await conformance(front, running);
    const own = await behind(front, running, values.only);
    return {
      text: suite.text + own.text,
      passed: suite.passed + own.passed,
      failed: suite.failed + own.failed,
      skipped: suite.skipped,
    };
  } catch (error) {
    return { text: `FAIL  ${String(error)}\n`, passed: 0, failed: 1, skipped: 0 };
  } finally {
    if (running !== undefined) {
      open.delete(running);
      await running.stop();
    }
  }
}

/** The suite in a process of its own, so that several do not wait for each other. */
async function conformance({ name, speaks }: Front, { url }: Running): Promise<Outcome> {
  const suite = fileURLToPath(new URL('../conformance/run.ts', import.meta.url));
  const args = ['--import', 'tsx', suite, url, '--adapter', name, '--only', values.only, ...(values.why ? ['--why'] : [])];
  // Each request costs a process.
  if (speaks === 'cgi') args.push('--lanes', '3');
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  const sum = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(text);
  if (sum === null) return { text: `${text}FAIL  The suite ended without its sum.\n`, passed: 0, failed: 1, skipped: 0 };
  const [passed, failed, skipped] = sum.slice(1).map(Number) as [number, number, number];
  return { text: text.replace(sum[0], '').trimStart(), passed, failed, skipped };
}
