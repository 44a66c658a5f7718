import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from '../conformance/bundle.js';

/** What the sources of bottlenose load by name, and a bundle does not hold. */
const PACKAGES = ['@fastify/busboy', 'acorn', 'mrmime', 'reflect-metadata', 'ws'];

/** The conformance suite's app with what front ends ask for besides. */
const APP = `import { makeApp } from './app.mjs';
const app = makeApp();
app.get('/health', () => ({ status: 'ok' }));
`;

const SERVER = `${APP}
const { trustProxy, ...options } = JSON.parse(process.argv[2]);
app.config.set('trustProxy', trustProxy ?? false);
const { url } = await app.run({ quiet: true, shutdownTimeout: 2000, ...options });
process.stdout.write(url + '\\n');
`;

const CGI = `${APP}
await app.run({ server: 'cgi' });
`;

/** What is started: as a server, with the options of run as its argument, and for one request. Whoever serves may read both. */
export async function makePrograms(folder: string, marks: string): Promise<{ server: string; cgi: string }> {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
  for (const name of PACKAGES) {
    const to = join(folder, 'node_modules', name);
    mkdirSync(to, { recursive: true });
    cpSync(join(modules, name), to, { recursive: true });
  }
  const server = await program(folder, 'server.mjs', SERVER);
  const cgi = await program(folder, 'program.mjs', CGI);
  const script = join(folder, 'shop.cgi');
  writeFileSync(script, `#!/bin/sh\nCONFORMANCE_MARKS='${marks}' exec '${process.execPath}' '${cgi}'\n`);
  chmodSync(script, 0o755);
  return { server, cgi: script };
}

async function program(folder: string, name: string, text: string): Promise<string> {
  const { file, remove } = await bundled(text);
  const to = join(folder, name);
  writeFileSync(to, readFileSync(file), { mode: 0o644 });
  remove();
  return to;
}
