import * as cookie from 'cookie';
import { parse as parseQuery } from 'node:querystring';
import { Bottle } from '../../dist/index.js';
import { TestClient } from '../../dist/testing/index.js';
import { microRace, microTable } from '../micro.mjs';

/** A request as an app gets it. Each is a copy, so that parsed values are not kept from call to call. */
async function request(path, headers = {}) {
  let seen;
  const app = new Bottle();
  app.get('/', (_args, { request }) => {
    seen = request;
  });
  await new TestClient(app).get(path, { headers });
  return seen;
}

const COOKIES = 'session=3f9a8c7e6d5b4a39; theme=dark; lang=en-GB; consent=yes; visit=42';
const QUERY = 'q=a+bottle%20with+a+nose&page=2&size=20&sort=newest&tag=a&tag=b';

export const tables = [
  {
    id: 'query-string',
    title: 'A query of six pairs, one value read as text and one as a list',
    async measure({ quick, rounds = quick ? 3 : 7 }) {
      const asked = await request(`/?${QUERY}`);
      const works = {
        'bottlenose: `request.query`, a FormsDict': () => {
          const { query } = asked.copy();
          return query.get('q') + query.getAll('tag').length;
        },
        URLSearchParams: () => {
          const query = new URLSearchParams(QUERY);
          return query.get('q') + query.getAll('tag').length;
        },
        'node:querystring': () => {
          const query = parseQuery(QUERY);
          return query.q + query.tag.length;
        },
      };
      return fairly(works, asked, rounds);
    },
  },
  {
    id: 'cookies',
    title: 'A Cookie header of five, one read',
    async measure({ quick, rounds = quick ? 3 : 7 }) {
      const asked = await request('/', { Cookie: COOKIES });
      const works = {
        'bottlenose: `request.getCookie`': () => asked.copy().getCookie('theme'),
        'cookie: all parsed': () => (cookie.parseCookie ?? cookie.parse)(COOKIES).theme,
      };
      return fairly(works, asked, rounds);
    },
  },
];

async function fairly(works, asked, rounds) {
  const [expected, ...others] = Object.values(works).map((work) => work());
  for (const other of others) if (other !== expected) throw new Error(`${other} instead of ${expected}`);
  const copied = { ...works, 'the copy of a request that ours is read from': () => asked.copy() };
  return microTable(await microRace(copied, { rounds }), {
    note: 'Ours includes the copy of a request: of one it is parsed once.',
  });
}
