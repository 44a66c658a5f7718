// Ts.ED on Express, with its own decorators of JSON Schema, which Ajv checks.
import 'reflect-metadata';
import '@tsed/ajv';
import { Controller } from '@tsed/di';
import { PlatformExpress } from '@tsed/platform-express';
import { BodyParams, PathParams, QueryParams } from '@tsed/platform-params';
import {
  CollectionOf,
  ContentType,
  Enum,
  Get,
  Integer,
  Max,
  MaxItems,
  MaxLength,
  Min,
  MinLength,
  Post,
  Required,
  Returns,
} from '@tsed/schema';
import express from 'express';
import { decorate, HOST, PORT, post, TEXT } from './data.mjs';

async function serve(prefix, controller) {
  Controller(prefix)(controller);
  class Server {}
  const platform = await PlatformExpress.bootstrap(Server, {
    httpPort: `${HOST}:${PORT}`,
    httpsPort: false,
    mount: { '/': [controller] },
    middlewares: [express.json()],
    logger: { level: 'off', disableRoutesSummary: true, disableBootstrapLog: true, logRequest: false },
  });
  let url;
  const { listen } = (await import('node:http')).Server.prototype;
  (await import('node:http')).Server.prototype.listen = function (...args) {
    this.once('listening', () => {
      url = `http://${HOST}:${this.address().port}`;
    });
    return listen.apply(this, args);
  };
  await platform.listen();
  return url;
}

function field(Class, name, type, decorators) {
  Reflect.defineMetadata('design:type', type, Class.prototype, name);
  for (const decorator of decorators) decorator(Class.prototype, name);
}

export function text() {
  class Hello {
    hello() {
      return TEXT;
    }
  }
  decorate(Hello, 'hello', [Get('/'), ContentType('text/plain')], [], [], String);
  return serve('/hello', Hello);
}

export function json() {
  class Posts {
    show(id) {
      return post(id);
    }
  }
  decorate(Posts, 'show', [Get('/:id')], [PathParams('id', Number)], [Number]);
  return serve('/api/posts', Posts);
}

export function body() {
  class NewPost {}
  field(NewPost, 'title', String, [Required(), MinLength(1), MaxLength(80)]);
  field(NewPost, 'author', String, [Required(), MinLength(1), MaxLength(40)]);
  field(NewPost, 'rating', Number, [Required(), Integer(), Min(1), Max(5)]);
  field(NewPost, 'tags', Array, [Required(), CollectionOf(String), MaxItems(10)]);
  class Posts {
    create(made) {
      return made;
    }
  }
  decorate(Posts, 'create', [Post('/'), Returns(200, NewPost)], [BodyParams(NewPost)], [NewPost], NewPost);
  return serve('/posts', Posts);
}

export function query() {
  class Search {}
  field(Search, 'q', String, [Required(), MinLength(1), MaxLength(80)]);
  field(Search, 'page', Number, [Required(), Integer(), Min(1)]);
  field(Search, 'size', Number, [Required(), Integer(), Min(1), Max(100)]);
  field(Search, 'sort', String, [Required(), Enum('newest', 'oldest')]);
  class Posts {
    search(search) {
      return search;
    }
  }
  decorate(Posts, 'search', [Get('/'), Returns(200, Search)], [QueryParams(Search)], [Search], Search);
  return serve('/search', Posts);
}
