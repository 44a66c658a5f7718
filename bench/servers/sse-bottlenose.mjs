// Open event streams with a heartbeat for each, and an event for all: a hub that all clients iterate.
import { Bottle, eventStream } from '../../dist/index.js';

let publish;
let news;
const renew = () => {
  news = new Promise((resolve) => {
    publish = resolve;
  });
};
renew();

const hub = { [Symbol.asyncIterator]: () => ({ next: () => news }) };

const app = new Bottle();
app.get('/events', () => eventStream(hub, { heartbeat: Number(process.env.HEARTBEAT) }));
app.get('/emit', () => {
  const tell = publish;
  renew();
  tell({ done: false, value: { data: { n: 1 } } });
  return 'ok';
});
const { url } = await app.run({ port: 0, quiet: true });
console.log(url);
process.on('SIGUSR2', () => globalThis.gc());
