// NestJS, on Fastify or (PLATFORM=express) on Express.
import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { decorate, dtos, HOST, PORT, post, TEXT } from './data.mjs';

async function serve(prefix, controller, pipe) {
  Controller(prefix)(controller);
  class App {}
  Module({ controllers: [controller] })(App);
  const adapter =
    process.env.PLATFORM === 'express'
      ? new (await import('@nestjs/platform-express')).ExpressAdapter()
      : new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  const app = await NestFactory.create(App, adapter, { logger: false });
  if (pipe) app.useGlobalPipes(new ValidationPipe(pipe));
  await app.listen(PORT, HOST);
  return app.getUrl();
}

export function text() {
  class Hello {
    hello() {
      return TEXT;
    }
  }
  decorate(Hello, 'hello', [Get(), Header('Content-Type', 'text/plain; charset=utf-8')], [], [], String);
  return serve('hello', Hello);
}

export function json() {
  class Posts {
    show(id) {
      return post(id);
    }
  }
  decorate(Posts, 'show', [Get(':id')], [Param('id', ParseIntPipe)], [Number]);
  return serve('api/posts', Posts);
}

export async function body() {
  const { NewPost } = await dtos();
  class Posts {
    create(made) {
      return made;
    }
  }
  decorate(Posts, 'create', [Post(), HttpCode(200)], [Body()], [NewPost], NewPost);
  return serve('posts', Posts, { transform: true, whitelist: true });
}

export async function query() {
  const { Search } = await dtos();
  class Posts {
    search(search) {
      return search;
    }
  }
  decorate(Posts, 'search', [Get()], [Query()], [Search], Search);
  return serve('search', Posts, { transform: true, whitelist: true, transformOptions: { enableImplicitConversion: true } });
}
