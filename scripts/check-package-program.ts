// The program that `check-package-tools.mjs` runs. It uses each part of the package that depends on how it is loaded.
import { Body, Bottle, Controller, Get, Post, SimpleTemplate, staticFile, template } from 'bottlenose';
import { cors } from 'bottlenose/plugins';
import { TestClient } from 'bottlenose/testing';
import { IsInt, Length, Max } from 'class-validator';

class NewPost {
  @Length(1, 80)
  title!: string;

  @IsInt()
  @Max(5)
  rating!: number;
}

@Controller('/posts')
class Posts {
  @Get('/<id:int>')
  show(id: number) {
    return { id };
  }

  @Get('/hello/<name>')
  hello(name: string) {
    return template('Hello {{name}}!', { name });
  }

  @Get('/style')
  style() {
    return staticFile('style.css', { root: process.cwd() });
  }

  @Post('/')
  create(@Body(NewPost) post: NewPost) {
    return { ...post, isInstance: post instanceof NewPost };
  }
}

/** What the package does here, as plain data. */
export async function answers() {
  const app = new Bottle();
  app.install(cors());
  app.mount(Posts);
  const client = new TestClient(app);
  const hello = await client.get('/posts/hello/Ada');
  const created = await client.post('/posts/', { json: { title: 'A post', rating: 5 } });
  const refused = await client.post('/posts/', { json: { title: 'A post', rating: 6 } });
  const style = await client.get('/posts/style');
  return {
    greeting: `${hello.text} ${hello.headers.get('access-control-allow-origin')}`,
    created: created.json,
    refused: [refused.status, refused.json.errors[0].path],
    file: style.headers.get('content-type'),
    served: await overSocket(app),
    stored: await stored(),
  };
}

async function overSocket(app: Bottle) {
  const server = await app.run({ port: 0, quiet: true });
  const answer = await fetch(`${server.url}/posts/7`);
  const value = await answer.json();
  await server.close();
  return value;
}

/** A query through the SQLite plugin, whose driver only works under Node. */
async function stored() {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined)
    return Number(new SimpleTemplate('{{1 + 1}}').render());
  const { SQLitePlugin } = await import('bottlenose/sqlite');
  const app = new Bottle();
  app.install(new SQLitePlugin({ file: ':memory:' }));
  @Controller('/sum')
  class Sums {
    @Get('/')
    sum(db: { prepare(sql: string): { get(): { sum: number } } }) {
      return db.prepare('SELECT 1 + 1 AS sum').get();
    }
  }
  app.mount(Sums);
  const answer = await new TestClient(app).get('/sum/');
  await app.close();
  return answer.json.sum;
}
