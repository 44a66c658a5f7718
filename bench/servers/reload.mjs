// Two workers that tell who they are, some answers after a while.
import cluster from 'node:cluster';
import { setTimeout as wait } from 'node:timers/promises';
import { Bottle } from '../../dist/index.js';

const app = new Bottle();
app.get('/', () => ({ pid: process.pid }));
app.get('/slow', async () => {
  await wait(200);
  return { pid: process.pid };
});
const { url } = await app.run({ server: 'cluster', workers: 2, port: 0, quiet: true });
if (cluster.isPrimary) console.log(url);
