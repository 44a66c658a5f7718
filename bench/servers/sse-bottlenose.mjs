// Open event streams with a heartbeat for each, and an event for all, as the documentation writes them: an async generator each.
import { Bottle, eventStream } from 'bottlenose';

let publish;
let news;
const renew = () => {
  news = new Promise((resolve) => {
    publish = resolve;
  });
};
renew();

async function* events() {
  for (;;) yield { data: await news };
}

const app = new Bottle();
app.get('/events', () => eventStream(events, { heartbeat: Number(process.env.HEARTBEAT) }));
app.get('/emit', () => {
  const tell = publish;
  renew();
  tell({ n: 1 });
  return 'ok';
});
const { url } = await app.run({ port: 0, quiet: true });
console.log(url);
process.on('SIGUSR2', () => globalThis.gc());
