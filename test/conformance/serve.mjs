// A server in a process of its own, for the suite: prints its URL as the first line, and ends on SIGTERM.
//
//   node [--import tsx] test/conformance/serve.mjs '{"server":"node","port":0}'
import { makeApp } from './app.mjs';

const options = JSON.parse(process.argv[2] ?? '{}');
const server = await makeApp().run({ port: 0, quiet: true, ...options });
process.stdout.write(`${server.url}\n`);
