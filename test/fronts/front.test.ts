import { expect, it } from '@jest/globals';
import { fronts } from './fronts.js';
import { lacksOf } from '../conformance/capabilities.js';

const place = {
  folder: '/tmp/x',
  port: 4711,
  instances: ['127.0.0.1:4712', '127.0.0.1:4713'],
  socket: '/tmp/x/s',
  script: '/tmp/x/c',
};

it.each(fronts.map((front) => [front.name, front] as const))(
  '%s: the configuration of examples/deploy can be put elsewhere',
  (name, front) => {
    const text = Object.values(front.files(place)).join('\n');
    expect(text).toContain('4711');
    for (const address of front.speaks === 'http' ? ['4712', '4713'] : []) expect(text).toContain(address);
    // Nothing of where it stands in production is left.
    expect(text.replace(/^\s*#.*$/gm, '')).not.toMatch(/\b808[12]\b|\/run\/shop|\/var\/www|[: ]80\b/);
    expect(lacksOf(name)).toBeDefined();
  },
);
