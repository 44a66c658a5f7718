// The suite against the cgi adapter, a process for each request: half a minute and more of work, which .ci/run does.
//
//   node --import tsx test/conformance/cgi.ts [--only TEXT]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundle.js';
import { cgiSpawner } from './fronts/cgi-spawner.js';

const program = await bundled(`import { app } from './app.mjs'; await app.run({ server: 'cgi' });`);
const front = cgiSpawner([process.execPath, program.file], {}, []).listen(0, '127.0.0.1');
await once(front, 'listening');
const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
const run = fileURLToPath(new URL('./run.ts', import.meta.url));
const args = ['--import', 'tsx', run, url, '--adapter', 'cgi', '--lanes', '3', ...process.argv.slice(2)];
const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
program.remove();
front.close();
front.closeAllConnections();
process.exitCode = code;
