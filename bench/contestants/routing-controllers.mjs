// routing-controllers, on the Express that it asks for.
import 'reflect-metadata';
import { createServer } from 'node:http';
import { Body, ContentType, createExpressServer, Get, JsonController, Param, Post, QueryParams } from 'routing-controllers';
import { decorate, dtos, listening, post, TEXT } from './data.mjs';

function serve(prefix, controller, options) {
  JsonController(prefix)(controller);
  return listening(createServer(createExpressServer({ controllers: [controller], validation: false, ...options })));
}

export function text() {
  class Hello {
    hello() {
      return TEXT;
    }
  }
  decorate(Hello, 'hello', [Get(), ContentType('text/plain')], [], [], String);
  return serve('/hello', Hello);
}

export function json() {
  class Posts {
    show(id) {
      return post(id);
    }
  }
  decorate(Posts, 'show', [Get('/:id')], [Param('id')], [Number]);
  return serve('/api/posts', Posts);
}

export async function body() {
  const { NewPost } = await dtos();
  class Posts {
    create(made) {
      return made;
    }
  }
  decorate(Posts, 'create', [Post()], [Body({ validate: { whitelist: true } })], [NewPost], NewPost);
  return serve('/posts', Posts, { validation: true });
}

export async function query() {
  const { Search } = await dtos();
  class Posts {
    search(search) {
      return search;
    }
  }
  const classTransformOptions = { enableImplicitConversion: true };
  decorate(
    Posts,
    'search',
    [Get()],
    [QueryParams({ validate: { whitelist: true }, transform: classTransformOptions })],
    [Search],
    Search,
  );
  return serve('/search', Posts, { validation: true });
}
