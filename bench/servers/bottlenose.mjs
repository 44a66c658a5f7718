// One controller with one int wildcard; decorators applied by hand, since this is plain JavaScript.
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
const server = process.env.SERVER ?? 'node';
const { url } = await app.run({ server, port: Number(process.env.PORT ?? 0), quiet: true });
console.log(url);
