import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseFileSync } from '@swc/core';
import { checkSync } from 'recheck';

const src = join(import.meta.dirname, '../src');

/** Patterns that may take time in the square of a text's length, but see only what the application's author has written. */
const AUTHORS: Readonly<Record<string, string>> = {
  'app/config/config-files.ts': 'configuration files, once, at the start',
  'app/config/config-keys.ts': 'keys of the configuration',
  'app/wiring/group.ts': 'prefixes of controllers and mount points',
  'cli/import-module.ts': 'messages of the runtime about modules of the author',
  'app/debug-page/stack-frames.ts': 'stack traces, in debug mode',
  'openapi/portable-pattern.ts': 'filters of rules, when a document is made',
  'routing/pattern.ts': 'filters of rules',
  'routing/rule.ts': 'rules',
};

interface Pattern {
  file: string;
  source: string;
  flags: string;
}

/** Every regular expression literal of a file. */
function patternsOf(file: string): Pattern[] {
  const found: Pattern[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, pattern, flags } = node as { type?: string; pattern?: string; flags?: string };
    if (type === 'RegExpLiteral') found.push({ file, source: pattern ?? '', flags: flags ?? '' });
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseFileSync(join(src, file), { syntax: 'typescript', decorators: true, target: 'es2022' }));
  return found;
}

describe("the package's own patterns", () => {
  const files = (readdirSync(src, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'));
  const patterns = files.flatMap((file) => patternsOf(file));

  it('are found', () => {
    expect(patterns.length).toBeGreaterThan(150);
  });

  it('cannot be made to backtrack by a client', () => {
    const vulnerable: string[] = [];
    const seen = new Set<string>();
    for (const { file, source, flags } of patterns) {
      if (seen.has(`${source}/${flags}`)) continue;
      seen.add(`${source}/${flags}`);
      const result = checkSync(source, flags, { timeout: 60_000 });
      if (result.status === 'safe') continue;
      const degree = result.status === 'vulnerable' ? result.complexity.summary : 'unknown';
      if (file in AUTHORS && degree === '2nd degree polynomial') continue;
      const attack = result.status === 'vulnerable' ? result.attack.pattern : '';
      vulnerable.push(`src/${file}: /${source}/${flags} is ${degree} in ${attack}`);
    }
    expect(vulnerable).toEqual([]);
  }, 300_000);
});

describe('secrets', () => {
  it.each(['http/fields/cookie-signature.ts', 'kit/secret-comparer.ts'])('are compared in constant time by %s', (file) => {
    expect(readFileSync(join(src, file), 'utf8')).toContain('timingSafeEqual(');
  });
});
