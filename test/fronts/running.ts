import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Front, Place } from './front.js';
import { freePort, type Instance, startInstance, stop } from './instance.js';
import { makePrograms } from './programs.js';

/** A front end with the app behind it. */
export interface Running {
  readonly url: string;
  readonly instances: readonly Instance[];
  /** Starts an instance again that has been stopped, at the same address. */
  restart(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the app as the front end wants it, and the front end before it, all on loopback and in a folder of their own. */
export async function start(front: Front): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'fronts-'));
  // For the user that the front end runs as.
  chmodSync(folder, 0o755);
  const marks = join(folder, 'marks');
  mkdirSync(marks);
  chmodSync(marks, 0o777);
  const instances: Instance[] = [];
  let child: ChildProcess | undefined;
  const stopAll = async (): Promise<void> => {
    if (child !== undefined) await stop(child);
    await Promise.all(instances.map((instance) => stop(instance.child)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { server, cgi } = await makePrograms(folder, marks);
    const socket = join(folder, 'app.sock');
    const options = await optionsFor(front, socket);
    const run = async (index: number): Promise<void> => {
      instances[index] = await startInstance(server, options[index] as object, { CONFORMANCE_MARKS: marks });
    };
    for (const index of options.keys()) await run(index);
    const place: Place = {
      folder,
      port: await freePort(),
      instances: instances.map(({ url }) => url.replace(/^\w+:\/\//, '')),
      socket,
      script: cgi,
    };
    for (const [name, text] of Object.entries(front.files(place))) writeFileSync(join(folder, name), text);
    child = await launch(front, place);
    return { url: `http://127.0.0.1:${place.port}`, instances, restart: run, stop: stopAll };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** The front end as a process in the foreground, when it listens. */
async function launch(front: Front, place: Place): Promise<ChildProcess> {
  const [program, ...args] = front.command(place);
  // What it says of clients that cases let misbehave is of no interest, only why it does not start.
  const log = join(place.folder, 'front.log');
  const output = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', output, output], cwd: place.folder });
  closeSync(output);
  let isOver = false;
  child.once('error', () => (isOver = true)).once('exit', () => (isOver = true));
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !isOver; ) {
    if (await answers(place.port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!isOver) await stop(child);
  throw new Error(`${front.name} does not listen: ${program} ${args.join(' ')}\n${readFileSync(log, 'utf8')}`);
}

/** The options of `run` for each instance. */
async function optionsFor({ speaks }: Front, socket: string): Promise<object[]> {
  if (speaks === 'cgi') return [];
  if (speaks === 'fastcgi, by a Unix socket') return [{ server: 'fastcgi', socket, socketMode: 0o666 }];
  const host = '127.0.0.1';
  if (speaks === 'fastcgi') return [{ server: 'fastcgi', host, port: await freePort() }];
  const trusting = async () => ({ server: 'node', host, port: await freePort(), trustProxy: 'loopback' });
  return [await trusting(), await trusting()];
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}
