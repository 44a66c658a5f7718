import { decorate, NewPost } from './dto.mjs';
import express from 'express';
import { Body, JsonController, Post, useExpressServer } from 'routing-controllers';

class Posts {
  create(post) {
    return post;
  }
}
decorate(Posts, 'create', [Post('/posts')], [Body({ validate: { whitelist: true } })], [NewPost]);
JsonController()(Posts);

const app = express();
useExpressServer(app, { controllers: [Posts], validation: true });
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
