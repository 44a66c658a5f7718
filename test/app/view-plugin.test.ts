import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  abort,
  Bottle,
  Controller,
  debug,
  Error as OnError,
  Get,
  HTTPError,
  HTTPResponse,
  Post,
  redirect,
  Response,
  SetHeader,
  SimpleTemplate,
  Status,
  TEMPLATE_PATH,
  TEMPLATES,
  View,
  WebSocket,
  type WebSocketConnection,
} from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { ask } from './ask.js';

const PAGE = { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } };
const JSON_FIRST = { headers: { accept: 'application/json, text/plain, */*' } };

let folder: string;

/** Writes templates by name, each below the folder of this test. */
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function mounted(Class: new () => object, app = new Bottle({ logger: () => undefined })): Bottle {
  return app.mount(Class);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'views-'));
  TEMPLATE_PATH.splice(0, Infinity, join(folder, 'views'));
  TEMPLATES.clear();
});

afterEach(() => {
  debug(false);
  TEMPLATE_PATH.splice(0, Infinity, './views/');
  rmSync(folder, { recursive: true });
});

class Member {
  constructor(readonly name: string) {}
  get shout() {
    return this.name.toUpperCase();
  }
}

@Controller()
class Pages {
  @Get('/defaults')
  @View('{{title}}: {{text}}', { title: 'Untitled', text: '-' })
  defaults() {
    return { text: '<b>' };
  }

  @Get('/nothing')
  @View('{{title}}', { title: 'Untitled' })
  nothing() {}

  @Get('/later')
  @View('{{text}}')
  async later() {
    return { text: 'waited for' };
  }

  @Get('/awaits')
  @View('{{await text}}')
  awaits() {
    return { text: Promise.resolve('waited in the template') };
  }

  @Get('/instance')
  @View('{{name}} {{shout}}', { name: 'nobody' })
  instance() {
    return new Member('ada');
  }

  @Get('/object')
  @View({ source: '[[name]]', syntax: '<% %> % [[ ]]' })
  object() {
    return { name: 'object' };
  }

  @Get('/template')
  @View(new SimpleTemplate('{{name}}'))
  template() {
    return { name: 'template' };
  }

  @Get('/headers')
  @View('{{n}}')
  @Status(201)
  @SetHeader('X-A', 'b')
  headers(response: Response) {
    response.setCookie('a', 'b');
    return { n: 1 };
  }

  @Get('/xml')
  @View('<n>{{n}}</n>')
  xml(response: Response) {
    response.contentType = 'application/xml';
    return { n: 1 };
  }

  @Get('/page-only')
  @View('{{user.name}}', {}, { json: false })
  pageOnly() {
    return { user: { name: 'ada', password: 'secret' } };
  }

  @Get('/missing')
  @View('no-such-template')
  missing() {
    return {};
  }

  @Get('/undefined')
  @View('one\n{{nothing}}')
  undefinedName() {
    return {};
  }
}

describe('@View', () => {
  const app = mounted(Pages);

  it.each([
    ['/defaults', 'Untitled: &lt;b&gt;'],
    ['/nothing', 'Untitled'],
    ['/later', 'waited for'],
    ['/awaits', 'waited in the template'],
    ['/instance', 'ada ADA'],
    ['/object', 'object'],
    ['/template', 'template'],
  ])('renders what the method returns, over the defaults (%s)', async (path, text) => {
    const answer = await ask(app, path, PAGE);
    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  it('keeps status, headers and cookies', async () => {
    const answer = await ask(app, '/headers');
    expect([answer.status, answer.headers.get('x-a'), answer.headers.get('set-cookie')]).toEqual([201, 'b', 'a=b']);
    expect(answer.text).toBe('1');
  });

  it('keeps a content type, and then renders whatever the client prefers', async () => {
    const answer = await ask(app, '/xml', JSON_FIRST);
    expect([answer.headers.get('content-type'), answer.text]).toEqual(['application/xml', '<n>1</n>']);
  });

  it('answers with 500 where the template fails, and logs where', async () => {
    const logged: unknown[] = [];
    const failing = mounted(Pages, new Bottle({ logger: (_message, error) => logged.push(error) }));
    for (const path of ['/missing', '/undefined']) {
      const answer = await ask(failing, path);
      expect([answer.status, answer.text]).toEqual([500, expect.not.stringMatching(/no-such|nothing/)]);
    }
    expect(logged).toEqual([
      expect.objectContaining({ code: 'BN_TEMPLATE_NOT_FOUND', template: 'no-such-template' }),
      expect.objectContaining({ code: 'BN_TEMPLATE_NAME', line: 2, column: 3 }),
    ]);
  });

  it('answers HEAD with the head of the page', async () => {
    const answer = await ask(app, 'HEAD /defaults', PAGE);
    expect([answer.text, answer.headers.get('content-length')]).toEqual(['', '19']);
  });
});

describe('a result that is an answer by itself passes', () => {
  const results: [string, unknown, string][] = [
    ['a string', 'text', 'text'],
    ['an empty string', '', ''],
    ['false', false, ''],
    ['a list', [1], '[1]'],
    ['bytes', Buffer.from('bytes'), 'bytes'],
    ['an ArrayBuffer', new TextEncoder().encode('buffer').buffer, 'buffer'],
    ['an HTTPResponse', new HTTPResponse('response'), 'response'],
    ['a fetch Response', new globalThis.Response('fetched'), 'fetched'],
    ['a generator', ['a', 'b'].values(), 'ab'],
    ['a stream', new Blob(['blob']), 'blob'],
  ];

  it.each(results)('%s', async (_name, result, text) => {
    class Passing {
      @Get('/')
      @View('rendered')
      result() {
        return result;
      }
    }
    expect((await ask(mounted(Passing), '/')).text).toBe(text);
  });

  it('what is thrown, and an error that is returned', async () => {
    class Throwing {
      @Get('/away') @View('rendered') away() {
        redirect('/there');
      }
      @Get('/gone') @View('rendered') gone() {
        return new HTTPError(410, 'It is gone.');
      }
      @Get('/broken') @View('rendered') broken() {
        return new RangeError('secret');
      }
    }
    const app = mounted(Throwing);
    expect(await ask(app, '/away')).toMatchObject({ status: 303, text: '' });
    expect((await ask(app, '/gone')).text).toContain('It is gone.');
    expect(await ask(app, '/broken')).toMatchObject({ status: 500, text: expect.not.stringContaining('rendered') });
  });
});

describe('JSON', () => {
  const app = mounted(Pages);

  it('goes to clients that prefer it: the object itself, without the defaults', async () => {
    const answer = await ask(app, '/defaults', JSON_FIRST);
    expect([answer.headers.get('content-type'), answer.json]).toEqual(['application/json', { text: '<b>' }]);
    expect((await ask(app, '/nothing', JSON_FIRST)).json).toEqual({});
    expect((await ask(app, '/later', JSON_FIRST)).json).toEqual({ text: 'waited for' });
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['text/html', false],
    ['text/*', false],
    ['image/png', false],
    ['application/json', true],
    ['application/json;q=0.8, text/html', false],
    ['application/json, text/html;q=0.9', true],
    ['application/*', false],
    ['application/json;q=0, */*', false],
    ['APPLICATION/JSON', true],
  ])('is chosen by Accept: %s', async (accept, isJson) => {
    const answer = await ask(app, '/defaults', { headers: accept === undefined ? {} : { accept } });
    expect(answer.json !== undefined).toBe(isJson);
    expect(answer.headers.get('vary')).toBe('Accept');
  });

  it('is not what a view gives that says so', async () => {
    const answer = await ask(app, '/page-only', JSON_FIRST);
    expect([answer.text, answer.headers.get('vary')]).toEqual(['ada', null]);
  });

  it('is not what an app gives that makes no JSON', async () => {
    expect((await ask(mounted(Pages, new Bottle({ autojson: false })), '/defaults', JSON_FIRST)).text).toContain('Untitled');
  });

  it('stands beside other names in Vary', async () => {
    class Varying {
      @Get('/') @View('{{1}}') @SetHeader('Vary', 'Cookie') page() {}
    }
    expect((await ask(mounted(Varying), '/')).headers.get('vary')).toBe('Cookie, Accept');
  });
});

describe('@View on an error handler', () => {
  @Controller('/posts')
  class Posts {
    @Get('/<id:int>')
    show(id: number) {
      abort(404, `No post ${id}.`);
    }

    @Post('/')
    create() {
      throw new RangeError('secret');
    }

    @OnError([404, RangeError])
    @View('{{heading}} {{message}}', { heading: 'Sorry:' })
    failed(error: Error) {
      return { message: error.message, password: 'hidden' };
    }
  }

  it('renders, and the status stays', async () => {
    const app = mounted(Posts);
    const answer = await ask(app, '/posts/7', PAGE);
    expect([answer.status, answer.text]).toEqual([404, 'Sorry: No post 7.']);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(await ask(app, '/posts/x', PAGE)).toMatchObject({ status: 404, text: expect.stringContaining('Sorry:') });
    expect(await ask(app, 'POST /posts/', PAGE)).toMatchObject({ status: 500, text: 'Sorry: secret' });
  });

  it('tells clients that prefer JSON what is wrong, and not what the page was to show', async () => {
    const app = mounted(Posts);
    const answer = await ask(app, '/posts/7', JSON_FIRST);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(answer.headers.get('vary')).toBe('Accept');
    expect(answer.json).toEqual({ type: 'about:blank', title: 'Not Found', status: 404, detail: 'No post 7.' });
    expect((await ask(app, 'POST /posts/', JSON_FIRST)).json).toMatchObject({ status: 500, detail: 'Internal Server Error' });
  });

  it('finds templates where its controller does', async () => {
    write({ 'admin/error.tpl': 'admin: {{reason}}' });
    @Controller('/x', { config: { templatePath: join(folder, 'admin') } })
    class Admin {
      @OnError(404) @View('error') failed(error: HTTPError) {
        return { reason: error.reason };
      }
    }
    expect((await ask(mounted(Admin), '/x/y')).text).toBe('admin: Not Found');
  });
});

describe('a function', () => {
  it('names its template in its config, as in Bottle', async () => {
    const app = new Bottle();
    app.get('/a/<name>', ({ name }) => ({ name }), { config: { template: 'Hello {{name}}!' } });
    app.get('/b', () => undefined, { config: { template: ['{{a}}{{b}}', { a: 1, b: 2 }] } });
    app.get('/c', () => ({ n: 1 }), { config: { template: ['page {{n}}', {}, { json: false }] } });
    expect((await ask(app, '/a/<x>')).text).toBe('Hello &lt;x&gt;!');
    expect((await ask(app, '/b')).text).toBe('12');
    expect((await ask(app, '/c', JSON_FIRST)).text).toBe('page 1');
    expect((await ask(app, '/a/x', JSON_FIRST)).json).toEqual({ name: 'x' });
  });

  it('of a controller yields to @View, and error handlers are left alone', async () => {
    @Controller('/', { config: { template: 'controller {{n}}' } })
    class Both {
      @Get('/a') a() {
        return { n: 1 };
      }
      @Get('/b') @View('own {{n}}') b() {
        return { n: 2 };
      }
      @OnError(404) missing() {
        return { n: 3 };
      }
    }
    const app = mounted(Both);
    expect((await ask(app, '/a')).text).toBe('controller 1');
    expect((await ask(app, '/b')).text).toBe('own 2');
    expect((await ask(app, '/c')).json).toEqual({ n: 3 });
  });
});

describe('the template path', () => {
  class Home {
    @Get('/') @View('home') home() {
      return { n: 1 };
    }
  }

  beforeEach(() => {
    write({
      'views/home.tpl': "% rebase('layout')\nglobal {{n}}",
      'views/layout.tpl': '[{{!base}}]',
      'admin/home.tpl': "% rebase('layout')\nadmin {{n}}",
      'other/layout.tpl': '({{!base}})',
      'other/home.tpl': "% rebase('layout')\nother {{n}}",
    });
  });

  it('of an app comes before the one of all', async () => {
    const templatePath = join(folder, 'admin');
    expect((await ask(mounted(Home), '/')).text).toBe('[global 1]');
    expect((await ask(mounted(Home, new Bottle({ templatePath })), '/')).text).toBe('[admin 1]');
    const both = new Bottle({ templatePath: [new URL('admin', pathToFileURL(`${folder}/`)), join(folder, 'other')] });
    expect((await ask(mounted(Home, both), '/')).text).toBe('(admin 1)');
  });

  it('of a sub-app is its own, or its mount’s, or that of the app around it', async () => {
    const outer = mounted(Home, new Bottle({ templatePath: pathToFileURL(join(folder, 'other')).href }));
    outer.mount('/own', mounted(Home, new Bottle({ templatePath: join(folder, 'admin') })));
    outer.mount('/mount', mounted(Home, new Bottle()), { config: { templatePath: join(folder, 'admin') } });
    outer.mount('/none', mounted(Home, new Bottle()));
    outer.mount('/null', mounted(Home, new Bottle()), { config: { templatePath: null } });
    expect((await ask(outer, '/')).text).toBe('(other 1)');
    expect((await ask(outer, '/own/')).text).toBe('[admin 1]');
    expect((await ask(outer, '/mount/')).text).toBe('[admin 1]');
    expect((await ask(outer, '/none/')).text).toBe('(other 1)');
    expect((await ask(outer, '/null/')).text).toBe('[global 1]');
  });

  it('can be changed while the app runs', async () => {
    const app = mounted(Home);
    await ask(app, '/');
    app.config.set('templatePath', join(folder, 'admin'));
    expect((await ask(app, '/')).text).toBe('[admin 1]');
    TEMPLATE_PATH.unshift(join(folder, 'other'));
    expect((await ask(app, '/')).text).toBe('(admin 1)');
  });

  it('must name folders', () => {
    expect(() => new Bottle({ templatePath: '' })).toThrow(/templatePath.*must be a path or a file: URL/);
    expect(() => new Bottle({ templatePath: 7 as never })).toThrow(/templatePath/);
  });

  it('is read again for each request in debug mode', async () => {
    const app = mounted(Home);
    expect((await ask(app, '/')).text).toBe('[global 1]');
    write({ 'views/layout.tpl': '<{{!base}}>' });
    expect((await ask(app, '/')).text).toBe('[global 1]');
    debug(true);
    expect((await ask(app, '/')).text).toBe('<global 1>');
  });
});

describe('waiting templates', () => {
  it('are found out through what they include', async () => {
    write({
      'views/waits.tpl': '{{await n}}',
      'views/outer.tpl': "outer\n% include('waits')",
      'views/page.tpl': "% rebase('frame')\npage",
      'views/frame.tpl': '{{!base}}\n% include("outer", {})',
      'views/chosen.tpl': '% include(which)',
      'views/loop.tpl': "% if n > 9:\n% include('loop')\n% end\nloop",
    });
    const app = new Bottle();
    app.get('/<name>', ({ name }) => ({ n: 1, which: 'waits', name }), { config: { template: 'outer' } });
    for (const name of ['page', 'chosen', 'loop', 'outer']) {
      app.get(`/${name}`, () => ({ n: 1, which: 'waits' }), { config: { template: name } });
    }
    expect((await ask(app, '/outer')).text).toBe('outer\n1');
    expect((await ask(app, '/page')).text).toContain('outer\n1');
    expect((await ask(app, '/chosen')).text).toBe('1');
    expect((await ask(app, '/loop')).text).toBe('loop');
  });

  it('leave the others to be rendered at once', () => {
    write({ 'views/a.tpl': "% include('b')", 'views/b.tpl': 'b' });
    expect(new SimpleTemplate({ name: 'a' }).waits).toBe(false);
    expect(new SimpleTemplate("% include('none')").waits).toBe(false);
    expect(new SimpleTemplate('% const i = include\n% i("b")').waits).toBe(true);
  });
});

describe('a streamed view', () => {
  function* rows(log: string[]): Generator<number> {
    for (let i = 0; i < 300_000; i++) {
      if (i % 100_000 === 0) log.push(`row ${i}`);
      yield i;
    }
  }

  it('sends the page while it is rendered', async () => {
    const log: string[] = [];
    class Report {
      @Get('/')
      @View('% for row of rows:\n<p>{{row}}</p>\n% end', {}, { stream: true })
      report() {
        return { rows: rows(log) };
      }
    }
    const response = await mounted(Report).fetch(new Request('http://localhost/'));
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(response.headers.has('content-length')).toBe(false);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    expect(log).not.toContain('row 200000');
    let length = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) length += part.value.length;
    expect(length).toBeGreaterThan(10_000);
    expect(log).toContain('row 200000');
  });

  it('waits where its template does', async () => {
    async function* slowly() {
      for (const n of [1, 2, 3]) yield n;
    }
    const app = new Bottle();
    const template = ['% for await n of numbers:\n{{n}}\\\\\n% end', {}, { stream: true }];
    app.get('/', () => ({ numbers: slowly() }), { config: { template } });
    expect((await ask(app, '/')).text).toBe('123');
  });

  it('that fails before its first piece still gives an error page', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.get('/', () => ({}), { config: { template: ['{{nothing}}', {}, { stream: true }] } });
    expect(await ask(app, '/')).toMatchObject({ status: 500, text: expect.stringContaining('Internal Server Error') });
  });
});

describe('the wiring check reports a view', () => {
  it.each([
    ['without a template', undefined, {}, /needs the name or the source of a template, not a undefined/],
    ['with an empty one', '', {}, /not an empty text/],
    ['that asks for streaming from an engine without it', 'x', { stream: true, engine: { render: () => '' } }, /cannot/],
  ])('%s', (_name, template, options, message) => {
    class Wrong {
      @Get('/') @View(template, {}, options as never) page() {}
    }
    expect(() => mounted(Wrong).check()).toThrow(message);
  });
});

it('an engine of one’s own renders', async () => {
  const seen: unknown[] = [];
  const engine = {
    render: (template: unknown, vars: object, settings: unknown) => {
      seen.push(settings);
      return `${template}: ${JSON.stringify(vars)}`;
    },
    renderAsync: async () => 'later',
  };
  class Own {
    @Get('/') @View('a', { b: 1 }, { engine }) page() {
      return { c: 2 };
    }
    @Get('/later') @View('a', {}, { engine, async: true }) later() {}
  }
  const app = mounted(Own, new Bottle({ templatePath: '/nowhere' }));
  expect((await ask(app, '/')).text).toBe('a: {"b":1,"c":2}');
  expect((await ask(app, '/later')).text).toBe('later');
  expect(seen).toEqual([{ lookup: ['/nowhere', ...TEMPLATE_PATH] }]);
});

it('a view on a WebSocket is none', async () => {
  class Sockets {
    @WebSocket('/echo')
    @View('page')
    echo(socket: WebSocketConnection) {
      socket.send('hello');
      socket.close(1000, 'done');
    }
  }
  const socket = await new TestClient(mounted(Sockets)).ws('/echo');
  expect(await socket.next()).toBe('hello');
});

describe('variables that plugins give', () => {
  class Pages {
    @Get('/view')
    @View('{{user}} {{title}} {{page}}', { title: 'default' })
    view() {
      return { page: 'own' };
    }

    @Get('/over')
    @View('{{user}}', { user: 'default' })
    over() {
      return {};
    }

    @Get('/own')
    @View('{{user}}')
    own() {
      return { user: 'own' };
    }

    @Get('/fails')
    @View('{{user}}')
    fails() {
      abort(404);
    }

    @OnError(404)
    @View('{{user}} finds nothing')
    missing() {
      return {};
    }
  }

  const app = new Bottle();
  app.install({
    around: (next) => (context) => {
      context.variables.user = 'ada';
      context.variables.title = 'plugin';
      return next(context);
    },
  });
  app.mount(Pages);

  it('reach the template, of error handlers too, below the defaults of the view and what the method returns', async () => {
    for (const [path, text] of [
      ['/view', 'ada default own'],
      ['/over', 'default'],
      ['/own', 'own'],
      ['/fails', 'ada finds nothing'],
    ] as const) {
      expect([path, (await ask(app, path, PAGE)).text]).toEqual([path, text]);
    }
  });

  it('are not part of the object that a client gets as JSON', async () => {
    expect((await ask(app, '/view', JSON_FIRST)).json).toEqual({ page: 'own' });
  });
});
