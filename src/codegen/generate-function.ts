let allowed: boolean | undefined;

/**
 * Tells whether this process may make functions from source text. It may not under `node --disallow-code-generation-from-strings`,
 * on Cloudflare Workers, and below a Content Security Policy without `unsafe-eval`. The callers then interpret what they would
 * have compiled.
 */
export function canGenerateCode(): boolean {
  if (allowed === undefined) {
    try {
      allowed = new Function('return true')() === true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

/**
 * Runs `body` as the body of a function whose parameters are the names of `scope`, and gives back what it returns: usually the
 * function that the caller wants. This is the only place in the package that makes code from text.
 *
 * @throws EvalError where code generation is forbidden. Ask {@link canGenerateCode} first.
 * @example generateFunction<(x: number) => number>('return (x) => add(x, 1);', { add })
 */
export function generateFunction<F>(body: string, scope: Readonly<Record<string, unknown>>): F {
  return new Function(...Object.keys(scope), body)(...Object.values(scope)) as F;
}
