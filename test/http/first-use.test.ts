import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';

// Code that few programs need is loaded for the first request that needs it. These tests are about that request, so nothing before
// them in this file may need the same code.
describe('The first request', () => {
  it('whose stream fails at once gets an error page, and its error event does not end the process', async () => {
    const app = new Bottle({ logger: () => undefined });
    let unheard: unknown;
    app.get('/', () => {
      const stream = new Readable({ read: () => undefined });
      const error = new Error('The disk is gone.');
      queueMicrotask(() => {
        try {
          stream.emit('error', error);
        } catch (thrown) {
          unheard = thrown;
        }
        stream.destroy(error);
      });
      return stream;
    });
    const answer = await app.fetch(new Request('http://localhost/'));
    expect(unheard).toBeUndefined();
    expect(answer.status).toBe(500);
  });
});
