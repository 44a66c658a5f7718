import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle, debug, Get, TEMPLATE_PATH, View, WiringError } from 'bottlenose';
import { ask } from './ask.js';

afterEach(() => debug(false));

function broken(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/boom', function explode() {
    throw new RangeError('the detail');
  });
  return app;
}

class Wrong {
  @Get('/x')
  x(nothing: string) {
    return nothing;
  }
}

describe('debug mode', () => {
  it('shows the error and its trace, for all apps or for one', async () => {
    const app = broken();
    expect((await ask(app, '/boom')).text).not.toContain('the detail');
    debug(true);
    const page = await ask(app, '/boom', { headers: { accept: 'text/html' } });
    expect(page.text).toContain('RangeError: the detail');
    expect(page.text).toMatch(/explode.*debug-mode\.test\.ts/);
    expect((await ask(app, '/boom', { headers: { accept: 'application/json' } })).json).toMatchObject({
      status: 500,
      exception: 'RangeError: the detail',
    });
    debug(false);
    expect((await ask(app.debug(), '/boom')).text).toContain('the detail');
    expect((await ask(broken(), '/boom')).text).not.toContain('the detail');
    debug(true);
    expect((await ask(app.debug(false), '/boom')).text).not.toContain('the detail');
  });

  it('checks the wiring at mount', () => {
    expect(() => new Bottle().mount(Wrong)).not.toThrow();
    expect(() => new Bottle({ debug: true }).mount(Wrong)).toThrow(WiringError);
    debug(true);
    expect(() => new Bottle().mount(Wrong)).toThrow('nothing');
  });

  it('applies plugins at once, so that what they refuse shows where it was written', () => {
    const app = new Bottle({ debug: true });
    const applied: string[] = [];
    app.install((callback, route) => {
      applied.push(route.rule);
      return callback;
    });
    app.get('/x', () => '');
    expect(applied).toEqual(['/x']);
    app.install((callback, route) => {
      applied.push(`again ${route.rule}`);
      return callback;
    });
    expect(applied).toEqual(['/x', 'again /x', '/x']);
  });

  it('reads templates again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'views-'));
    TEMPLATE_PATH.unshift(folder);
    try {
      class Page {
        @View('debugged')
        @Get('/')
        page() {
          return {};
        }
      }
      const app = new Bottle().mount(Page);
      const write = (text: string) => writeFileSync(join(folder, 'debugged.tpl'), text);
      write('one');
      expect((await ask(app, '/')).text).toBe('one');
      write('two');
      expect((await ask(app, '/')).text).toBe('one');
      debug(true);
      expect((await ask(app, '/')).text).toBe('two');
    } finally {
      TEMPLATE_PATH.shift();
      rmSync(folder, { recursive: true });
    }
  });
});
