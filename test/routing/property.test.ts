import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { decodePath } from '../../src/routing/path.js';
import { type Match, Router } from '../../src/routing/router.js';
import { anyText, cases, fc } from '../property.js';

/** Pieces of rules, each with texts that its wildcard may meet (and some that it must not). */
const literal = fc.constantFrom('/', '/', '/', '/a', 'a', '-', '.', '/b/', 'ab', '(', ')', 'é', '日', '😀', '/:', 'x');
const wildcards: [pattern: string, texts: string[]][] = [
  ['<@>', ['a', 'ab', 'x-y', 'é', '😀', 'a.b', '12', '%2F', 'a%2Fb']],
  ['<@:int>', ['1', '-1', '007', '-', '12']],
  ['<@:float>', ['1.5', '-.5', '3', '.']],
  ['<@:path>', ['a', 'a/b', 'a/b/a', '/', 'é/日', '-/x']],
  ['<@:re:[ab]+>', ['a', 'ab', 'ba', 'x']],
  ['<@:re:[ab]*>', ['', 'a', 'ab']],
  ['<@:re:[^a]+?>', ['x', 'b/', '😀', '-1']],
  ['<@:re:a|ab|b/a>', ['a', 'ab', 'b/a']],
  ['<@:re:\\d{2}>', ['12', '123']],
  ['<@:re:[ab]{1,2}>', ['a', 'ab', 'aba']],
  ['<@:re:[a-c-]{2,}?>', ['a-', 'abc', 'a']],
  ['<@:re:[a.]?>', ['a', '', '.']],
  ['<@:re:x??>', ['x', '']],
  ['<@:re:[^/]{2}>', ['ab', '😀x', '😀']],
  ['<@:re:(?P<u\\>a|b)+x?>', ['ax', 'ab', 'x']],
  ['<@:re:.*>', ['', 'a/b', '-', '😀']],
  ['<@:re:(?=a).+>', ['a', 'ab', 'a/b']],
  ['<@:re:a$>', ['a']],
  ['<@:re:[^/]*?x>', ['x', 'axx', '-x']],
  ['<@:re:\\w+>', ['a', 'a_1', '-']],
];
const piece = fc.oneof(literal, fc.nat(wildcards.length - 1));
const ruleArbitrary = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => ['/', ...pieces]);
const fillings = fc.array(fc.nat(20), { minLength: 8, maxLength: 8 });

function ruleText(pieces: (string | number)[]): string {
  return pieces
    .map((part, i) =>
      typeof part === 'string' ? part.replaceAll(':', '\\:') : (wildcards[part]?.[0] ?? '').replace('@', i % 5 ? `w${i}` : ''),
    )
    .join('');
}

function pathFor(pieces: (string | number)[], choices: number[]): string {
  const texts = pieces.map((part, i) => {
    if (typeof part === 'string') return encodeURI(part);
    const options = wildcards[part]?.[1] ?? [];
    const text = options[(choices[i % choices.length] ?? 0) % options.length] ?? '';
    return text.includes('%') ? text : encodeURI(text);
  });
  return texts.join('');
}

interface Case {
  rules: { pieces: (string | number)[]; verb: string }[];
  paths: string[];
}

const caseArbitrary: fc.Arbitrary<Case> = fc
  .tuple(
    fc.array(fc.record({ pieces: ruleArbitrary, verb: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'ANY', 'PROXY', 'POST') }), {
      minLength: 1,
      maxLength: 12,
    }),
    fc.array(fc.tuple(fc.nat(11), fillings, fc.constantFrom('', '', '/', 'a', '/b')), { minLength: 1, maxLength: 8 }),
  )
  .map(([rules, seeds]) => ({
    rules,
    paths: seeds.map(([index, choices, tail]) => pathFor(rules[index % rules.length]?.pieces ?? [], choices) + tail),
  }));

type Answer = Match<number> | string | null;

function answerOf(run: () => Match<number> | null): Answer {
  try {
    return run();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Bottle's own loop: verbs in their order, static rules first, then each dynamic one's regular expression. */
function naiveMatch(router: Router<number>, verb: string, raw: string): Match<number> | null {
  const path = decodePath(raw);
  for (const method of verb === 'HEAD' ? ['PROXY', 'HEAD', 'GET', 'ANY'] : ['PROXY', verb, 'ANY']) {
    const live = new Map(router.entries.filter((entry) => entry.method === method).map((entry) => [entry.rule.shape, entry]));
    const entries = [...live.values()].sort((a, b) => Number(b.rule.isStatic) - Number(a.rule.isStatic) || a.order - b.order);
    for (const entry of entries) {
      const texts = entry.rule.matches(path);
      if (texts === null) continue;
      const values = texts.map((text, i) => {
        const wildcard = entry.rule.wildcards[i];
        const plain = text.replace(/\udc2f/gu, '/');
        if (wildcard?.type !== 'number' || wildcard.name === undefined) return plain;
        const number = Number(plain);
        if (Number.isNaN(number)) throw Object.assign(new Error(), { code: 'BN_FILTER_VALUE' });
        return number + 0;
      });
      return { target: entry.target, values };
    }
  }
  return null;
}

describe('the matcher, held against a loop over the rules', () => {
  it('finds the same rule with the same values', () => {
    let matched = 0;
    fc.assert(
      fc.property(caseArbitrary, ({ rules, paths }) => {
        const router = new Router<number>();
        for (const [i, { pieces, verb }] of rules.entries()) router.add(ruleText(pieces), verb, i);
        for (const path of paths) {
          for (const verb of ['GET', 'HEAD', 'POST', 'BREW']) {
            const expected = answerOf(() => naiveMatch(router, verb, path));
            const actual = answerOf(() => router.match(verb, path));
            assert.deepEqual({ path, verb, actual }, { path, verb, actual: expected });
            if (actual !== null) matched++;
            if (verb !== 'GET') continue;
            const beforeQuery = answerOf(() => router.matchTarget(verb, `${path}?-/a%/b1`, path.length));
            assert.deepEqual({ path, verb, beforeQuery }, { path, verb, beforeQuery: expected });
          }
        }
      }),
      cases(250),
    );
    expect(matched).toBeGreaterThan(cases(250).numRuns);
  });

  it('finds the same when it has to remember where it has been', () => {
    const tricky = fc.constantFrom(
      '<@>',
      '<@:path>',
      '<@:re:[a-]+>',
      '<@:re:[^a]+?>',
      '<@:re:\\w{2}>',
      '<@:float>',
      '-',
      '/',
      'a',
      'a/',
      '-a',
    );
    const rule = fc
      .array(tricky, { minLength: 4, maxLength: 9 })
      .map((parts) => `/${parts.map((part, i) => part.replace('@', `w${i}`)).join('')}`);
    const path = fc.array(fc.constantFrom('a', '-', 'aa', '-a', '/', '/a', '1'), { minLength: 25, maxLength: 45 });
    fc.assert(
      fc.property(fc.array(rule, { minLength: 3, maxLength: 3 }), path, (rules, texts) => {
        const router = new Router<number>();
        // The first cannot match, but costs more steps than a search takes before it remembers.
        router.add('/<a:path>a<b:path>-<c:path>a<d:path>!', 'GET', -1);
        for (const [i, text] of rules.entries()) router.add(text, 'GET', i);
        const raw = `/${texts.join('')}`;
        const short = naiveRegexes(router, raw);
        const actual = answerOf(() => router.match('GET', raw));
        expect({ raw, actual }).toEqual({ raw, actual: short });
      }),
      cases(40),
    );
  });

  it('finds its way back from every URL it builds', () => {
    const value = fc.oneof(anyText({ minLength: 1 }), fc.constantFrom('a/b', '🐯', 'é', '?&#', '%41', '日本', '..', 'a+b c'));
    fc.assert(
      fc.property(value, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), value, (s, n, x, t) => {
        const path = t.replaceAll('\n', '');
        fc.pre(path !== '');
        const router = new Router<string>();
        router.add('/é [x]/<s>/<n:int>/<x:float>,<:re:[ab]+>/<p:path>/end', 'GET', 'it', 'it');
        const url = router.build('it', { s, n, x, p: path }, 'ab');
        expect(url).toMatch(/^[\x21-\x7e]+$/);
        expect(url).not.toMatch(/[?#]/);
        const match = router.match('GET', url);
        expect(match?.values).toEqual([s, n + 0, x + 0, 'ab', path]);
      }),
      cases(150),
    );
  });
});

function naiveRegexes(router: Router<number>, raw: string): Answer {
  return answerOf(() => {
    const rules = new Router<number>();
    for (const entry of router.entries) if (entry.target >= 0) rules.add(entry.rule.text, 'GET', entry.target);
    return naiveMatch(rules, 'GET', raw);
  });
}
