import { type Pattern, type CharacterRun, UNBOUNDED } from './pattern.js';
import type { Rule } from './rule.js';
import type { CompiledWildcard, Part } from './wildcard.js';

/** An element of a rule: a character or a pattern. */
type Token = string | Pattern;

/**
 * Whether `earlier` certainly matches every path that `later` matches. `false` may also mean "unknown". Line feeds count as
 * matched by `path`, although it excludes them: no app serves only those.
 */
export function covers(earlier: Rule, later: Rule): boolean {
  return coversFrom(tokens(earlier), 0, tokens(later), 0);
}

/** A path that a rule matches, and that other rules are unlikely to match; `undefined` if none can be constructed. */
export function samplePath(rule: Rule): string | undefined {
  let path = '';
  for (const part of rule.parts) {
    const piece = typeof part === 'string' ? part : sampleText(part);
    if (piece === undefined) return undefined;
    path += piece;
  }
  return path;
}

function sampleText({ pattern }: CompiledWildcard): string | undefined {
  const { run } = pattern;
  if (run === null) return undefined;
  if (run.beyondAscii) return run.ascii[0x2f] === 1 ? '\ue000/\ue001' : '\ue000';
  const digits = run.ascii.lastIndexOf(1);
  return digits === -1 ? undefined : String.fromCharCode(digits).repeat(Math.min(Math.max(3, run.min), run.max, 100));
}

function tokens(rule: Rule): Token[] {
  return rule.parts.flatMap((part: Part): Token[] => (typeof part === 'string' ? Array.from(part) : [part.pattern]));
}

function coversFrom(earlier: readonly Token[], i: number, later: readonly Token[], j: number): boolean {
  const token = earlier[i];
  if (token === undefined) return j === later.length;
  const other = later[j];
  if (other === undefined) return false;
  if (typeof token === 'string') return token === other && coversFrom(earlier, i + 1, later, j + 1);
  if (typeof other !== 'string' && other.source === token.source && coversFrom(earlier, i + 1, later, j + 1)) return true;
  return token.run !== null && token.run.max === UNBOUNDED && token.run.min <= 1 && absorbs(token.run, earlier, i, later, j);
}

/** Whether a run can match one or more of the later rule's tokens, and the rest matches as well. */
function absorbs(run: CharacterRun, earlier: readonly Token[], i: number, later: readonly Token[], j: number): boolean {
  let filled = false;
  for (let k = j; k < later.length; k++) {
    const token = later[k] as Token;
    const leading = run.sign && k === j;
    if (leading && token === '-') continue;
    if (!isWithin(run, token, leading)) return false;
    if (typeof token === 'string' || !token.whole.test('')) filled = true;
    if (filled && coversFrom(earlier, i + 1, later, k + 1)) return true;
  }
  return false;
}

/** Whether a token matches only characters of a run. */
function isWithin(run: CharacterRun, token: Token, signAllowed: boolean): boolean {
  if (typeof token === 'string') {
    const code = token.charCodeAt(0);
    return code < 128 ? run.ascii[code] === 1 : run.beyondAscii;
  }
  const inner = token.run;
  if (inner === null) {
    return (
      run.beyondAscii && run.ascii.every((taken, code) => taken === 1 || code === 0x0a || (code === 0x2f && !token.matchesSlash))
    );
  }
  if (inner.sign && !signAllowed && run.ascii[0x2d] === 0) return false;
  return (
    (run.beyondAscii || !inner.beyondAscii) &&
    inner.ascii.every((taken, code) => taken === 0 || run.ascii[code] === 1 || code === 0x0a)
  );
}
