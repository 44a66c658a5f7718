import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { ask } from '../ask.js';

describe('a guard', () => {
  it('stands where it says, decided once per target', async () => {
    const asked: string[] = [];
    const app = new Bottle();
    const closed = guard('closed', () => false, {
      where({ kind, route }) {
        asked.push(`${kind} ${route?.rule}`);
        return route?.rule === '/closed' || route?.mounted !== undefined;
      },
    });
    app.install(closed);
    app.get('/closed', () => 'closed');
    app.get('/open', () => 'open');
    app.mount(
      '/app',
      new Bottle().get('/', () => 'app'),
    );
    app.mount('/fetch', () => new globalThis.Response('fetch'));
    for (const [path, status] of Object.entries({ '/closed': 403, '/open': 200, '/app/': 403, '/fetch/': 200, '/none': 404 })) {
      expect([path, (await ask(app, path)).status]).toEqual([path, status]);
      expect([path, (await ask(app, path)).status]).toEqual([path, status]);
    }
    expect(asked.sort()).toEqual([
      'mount /app',
      'mount /app/<:re:.*>',
      'mount /fetch',
      'mount /fetch/<:re:.*>',
      'none undefined',
      'route /closed',
      'route /open',
    ]);
    expect(app.routes.filter(({ plugins }) => plugins.includes(closed)).map(({ rule }) => rule)).toEqual([
      '/closed',
      '/app',
      '/app/<:re:.*>',
    ]);
  });
});
