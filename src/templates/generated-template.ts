import { generateFunction } from '../codegen/generate-function.js';
import { compileTemplate, generateCode } from './compiler.js';
import type { CompiledTemplate, Variant } from './generator.js';
import type { Syntax } from './syntax.js';
import type { Renderer, TemplateCode, TemplateRuntime } from './template-code.js';
import { originName, type TemplateOrigin } from './template-error.js';

/** The arguments of a call whose first one is a plain string. */
const LITERAL_NAME = /^\s*\(\s*(['"])([^'"\\\n]*)\1\s*[,)]/;

let generatedFunctions = 0;

/**
 * A template whose functions are generated in this process, each on its first use.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX`
 */
export class GeneratedTemplate implements TemplateCode {
  readonly awaits: number | undefined;
  readonly others: readonly string[] | undefined;
  readonly #compiled: CompiledTemplate;

  constructor(origin: TemplateOrigin, syntax: Syntax) {
    this.#compiled = compileTemplate(origin, syntax);
    this.awaits = awaitOffset(this.#compiled);
    this.others = includedNames(this.#compiled);
  }

  create(variantFlags: number, runtime: TemplateRuntime): Renderer {
    const [stream, async, checked, shared] = [1, 2, 4, 8].map((flag) => (variantFlags & flag) > 0) as [
      boolean,
      boolean,
      boolean,
      boolean,
    ];
    const variant: Variant = { stream, async, checked, shared };
    const { code, locate } = generateCode(this.#compiled, variant);
    const url = `bottlenose-template-${++generatedFunctions}/${originName(this.#compiled.origin).replace(/[^\w./-]/g, '_')}`;
    const $$w = (error: unknown, offset: number) => {
      const place = placeInStack(error, url);
      return runtime.$$w(error, place === undefined ? offset : locate(...place));
    };
    return generateFunction<Renderer>(`${code}\n//# sourceURL=${url}`, { ...runtime, $$w });
  }

  text(): string {
    return generateCode(this.#compiled, { async: this.awaits !== undefined, stream: false, checked: false }).code;
  }
}

/** The offset in the template of its first `await`. */
export function awaitOffset({ awaits, parsed }: CompiledTemplate): number | undefined {
  return awaits === undefined ? undefined : parsed.emitter.sourceOf(awaits);
}

/** The templates that a template includes or rebases on. Undefined if a name is not a literal. */
export function includedNames({ analysis, parsed }: CompiledTemplate): readonly string[] | undefined {
  const isOther = ({ name }: { name: string }): boolean => name === 'include' || name === 'rebase';
  const calls = analysis.calls.filter(isOther);
  // With an alias of `include`, the name of the template is unknown.
  if (calls.length < analysis.references.filter(isOther).length) return undefined;
  const names = new Set<string>();
  for (const { calleeEnd, end } of calls) {
    const [, , name] = LITERAL_NAME.exec(parsed.emitter.code.slice(calleeEnd, end)) ?? [];
    if (name === undefined) return undefined;
    names.add(name);
  }
  return [...names];
}

/** The line and column, from 1, at which the code of this URL threw an error. */
function placeInStack(error: unknown, url: string): [line: number, column: number] | undefined {
  const stack = (error as { stack?: unknown } | null | undefined)?.stack;
  if (typeof stack !== 'string') return undefined;
  const at = stack.indexOf(url);
  const position = at < 0 ? null : /^:(\d+):(\d+)/.exec(stack.slice(at + url.length, at + url.length + 24));
  // `new Function` adds two lines before its code (ECMA-262, CreateDynamicFunction).
  return position ? [Number(position[1]) - 2, Number(position[2])] : undefined;
}
