import { describe, expect, it } from '@jest/globals';
import type { Args } from '../../src/routing/args.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both types are the same. */
function same<A, B>(equal: Equal<A, B>): boolean {
  return equal;
}

type None = {};
type Long =
  'with/many/characters/of/literal/text/before/and/between/its/wildcards/as/people/write/them/at/times/in/versioned/apis';

describe('Args', () => {
  it('tells the wildcards of a rule', () => {
    const checks = [
      same<Args<'/'>, None>(true),
      same<Args<'/hello/<name>'>, { name: string }>(true),
      same<Args<'/hello/<name>/<n:int>'>, { name: string; n: number }>(true),
      same<Args<'/<x:float>/<p:path>'>, { x: number; p: string }>(true),
      same<Args<'/<r:re:[a-z]+>/<d::x+>'>, { r: string; d: string }>(true),
      same<Args<'/<r:re:[^\\>]+>/<n:int>'>, { r: string; n: number }>(true),
      same<Args<'/<r:re:a:b>'>, { r: string }>(true),
      same<Args<'/<u:uuid>/<m:max:3>'>, { u: unknown; m: unknown }>(true),
      same<Args<'/<:int>/<>/<:re:x>'>, None>(true),
      same<Args<'/func(<param>)-<b>.<c>'>, { param: string; b: string; c: string }>(true),
      same<Args<'/<unclosed'>, None>(true),
      same<Args<'/<x:re:unclosed'>, { re: string; unclosed: string }>(true),
      same<Args<`/a/rather/long/rule/${Long}/${Long}/<n:int>`>, { n: number }>(true),
      same<Args<'/<not a wildcard>/<x>'>, { x: string }>(true),
    ];
    expect(checks.every(Boolean)).toBe(true);
  });

  it('tells those of the old syntax', () => {
    const checks = [
      same<Args<'/:name/x'>, { name: string }>(true),
      same<Args<'/:name#[a-z]+#/:b'>, { name: string; b: string }>(true),
      same<Args<'/:#re#/:##/:x_1'>, { x_1: string }>(true),
    ];
    expect(checks.every(Boolean)).toBe(true);
  });

  it('leaves out what is escaped', () => {
    const checks = [
      same<Args<'/a\\:b/<x>'>, { x: string }>(true),
      same<Args<'/\\<x>/<y>'>, { y: string }>(true),
      same<Args<'/\\\\<x>'>, { x: string }>(true),
    ];
    expect(checks.every(Boolean)).toBe(true);
  });

  it('knows nothing of a rule that is only known at run time', () => {
    expect(same<Args<string>, Record<string, unknown>>(true)).toBe(true);
  });

  it('refuses a wildcard of another name or type', () => {
    const show = ({ n }: Args<'/<n:int>'>): string => n.toFixed(1);
    // @ts-expect-error there is no wildcard "m"
    const wrong = ({ m }: Args<'/<n:int>'>): unknown => m;
    expect([show({ n: 1 }), typeof wrong]).toEqual(['1.0', 'function']);
  });
});
