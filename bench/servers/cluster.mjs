// The app of bottlenose.mjs with two workers; SCHEDULING=rr or none: as node:cluster shares a port by itself, for comparison.
import cluster from 'node:cluster';
import { Bottle, Controller, Get } from '../../dist/index.js';

class Posts {
  show(id) {
    return { id, title: 'A post', tags: ['a', 'b'] };
  }
}
Get('/<id:int>')(Posts.prototype, 'show', Object.getOwnPropertyDescriptor(Posts.prototype, 'show'));
Controller('/posts')(Posts);

const app = new Bottle();
app.mount('/api', Posts);
const { SCHEDULING } = process.env;
if (SCHEDULING === undefined) {
  const { url } = await app.run({ server: 'cluster', workers: 2, port: 0, quiet: true });
  if (cluster.isPrimary) console.log(url);
} else if (cluster.isPrimary) {
  cluster.schedulingPolicy = SCHEDULING === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  let port;
  for (let i = 0; i < 2; i++) {
    const worker = cluster.fork();
    port = await new Promise((resolve) => worker.once('listening', (address) => resolve(address.port)));
  }
  console.log(`http://127.0.0.1:${port}`);
  process.once('SIGTERM', () => cluster.disconnect(() => process.exit()));
} else {
  await app.run({ port: 0, quiet: true });
}
