/** Helpers that a template sees without being given them. */
export const HELPERS: ReadonlySet<string> = new Set(['include', 'rebase', 'defined', 'get', 'setdefault']);

/**
 * Names in the generated code, all of which begin with `$$`:
 *
 *     $$v  the variables       $$o  the output              $$p  the place in the template
 *     $$t  a printed value     $$r  what rebase() asked for $$s  gives the variables as they are now
 *
 * and, from the runtime: $$e escape, $$q to text, $$k look a name up, $$u "not defined", $$m fail for a missing name,
 * $$w wrap an error, $$again the checked variant, $$i include, $$b rebase, $$own copy the variables, $$d defined, $$g get.
 */
export const RUNTIME_NAMES = ['e', 'q', 'k', 'u', 'm', 'w', 'again', 'i', 'b', 'own', 'd', 'g'] as const;
