import { createHmac } from 'node:crypto';
import { bytes, race, wire } from '../in-process.mjs';

const path = '/api/posts/7';
const made = { title: 'A validated post', author: 'Ada', rating: 5, tags: ['a', 'b', 'c'] };
const get = (headers, target = path) => wire(target, { headers });
const body = wire('/posts', { method: 'POST', body: JSON.stringify(made), headers: { 'Content-Type': 'application/json' } });

/** What a table shows: the lines, each a scenario of contestants/costs.mjs with its request; the first is what they are held against. */
const all = {
  'costs-route': {
    title: 'A route: JSON with one int wildcard',
    lines: [
      ['a method of a controller', 'plain'],
      ['a function instead: `app.get(rule, handler)`', 'handler'],
      ['an `async` method', 'promised'],
      ['`@SetHeader` and `@Status`', 'header'],
      ['a parameter `request`', 'requestObject'],
      ['a `@Query` parameter that is a number', 'queryValue', get({}, `${path}?page=2`)],
      ['`@Returns(Class)`: a compiled serializer', 'returns'],
      ['`@View`: a template instead of JSON', 'view'],
      ['an app mounted in an app', 'mounted'],
    ],
  },
  'costs-around': {
    title: 'What stands around a route',
    lines: [
      ['nothing', 'plain'],
      ['a `beforeRequest` hook of the app', 'before'],
      ['an `afterRequest` hook of the app', 'after'],
      ['both', 'bothHooks'],
      ["a `@Hook('beforeRequest')` of the controller", 'controllerHook'],
      ['a plugin that calls on', 'plugin'],
      ['ten of them', 'tenPlugins'],
      ['an `async` plugin', 'asyncPlugin'],
      ['a plugin that provides what a parameter asks for', 'wanted'],
      ['50 plugins that are not wanted', 'unwanted'],
      ['`bottlenose/context` imported', 'tracked'],
      ['and its `request` read', 'globals'],
    ],
  },
  'costs-cookie': {
    title: 'Cookies',
    lines: [
      ['none', 'plain'],
      ['a `@Cookie` read', 'cookie', get({ Cookie: 'visit=seven' })],
      ['a signed one read and verified', 'readSigned', () => get({ Cookie: `visit=${signed('visit', 'seven')}` })],
      ['`response.setCookie`', 'setCookie'],
      ['with a `secret`', 'signedCookie'],
    ],
  },
  'costs-body': {
    title: 'A body: 75 bytes of JSON',
    lines: [
      ['a body that nobody reads', 'unread', body],
      ['`request.json`, sent back', 'parsed', body],
      ['`@Body()` of a class with four validated fields, sent back', 'validated', body],
    ],
  },
};

export const tables = Object.entries(all).map(([id, { title, lines }]) => ({
  id,
  title,
  async measure({ quick, rounds = quick ? 5 : 15 }) {
    const requests = quick ? 5000 : 10_000;
    const entered = await Promise.all(
      lines.map(async ([name, scenario, request = get({})]) => ({
        name,
        scenario,
        module: './contestants/costs.mjs',
        request: typeof request === 'function' ? await request() : request,
        check(answer) {
          if (!answer.startsWith('HTTP/1.1 200 ') || answer.includes('"id":0')) throw new Error(`${name}: ${answer}`);
        },
      })),
    );
    const times = await race(entered, { rounds, requests });
    const allocated = await bytes(entered);
    const difference = (value, digits) => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(digits);
    return {
      columns: ['µs per request', 'more µs', 'bytes allocated', 'more bytes'],
      note: `${rounds} rounds of ${requests.toLocaleString('en')} requests, 8 connections.`,
      rows: times.map(({ name, min }, i) => [
        name,
        min.toFixed(2),
        i === 0 ? '' : difference(min - times[0].min, 2),
        String(Math.round(allocated[i])),
        i === 0 ? '' : difference(allocated[i] - allocated[0], 0),
      ]),
    };
  },
}));

/** A signed cookie as a client sends it back. */
function signed(name, value) {
  const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `!${createHmac('sha256', 'bench').update(`${name}=${payload}`).digest('base64url')}?${payload}`;
}
