import { decorate, NewPost } from './dto.mjs';
import { Body, Controller, HttpCode, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

class Posts {
  create(post) {
    return post;
  }
}
decorate(Posts, 'create', [Post('/posts'), HttpCode(200)], [Body()], [NewPost]);
Controller()(Posts);
class App {}
Module({ controllers: [Posts] })(App);

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
