import { Body, Bottle, Controller, Post } from 'bottlenose';
import { decorate, NewPost } from '../peers/dto.mjs';

class Posts {
  create(post) {
    return post;
  }
}
decorate(Posts, 'create', [Post()], [Body()], [NewPost]);
Controller('/posts')(Posts);

const app = new Bottle();
app.mount(Posts);
const { url } = await app.run({ port: Number(process.env.PORT ?? 0), quiet: true });
console.log(url);
