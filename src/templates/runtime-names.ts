/** Helpers that every template can use. */
export const HELPERS: ReadonlySet<string> = new Set(['include', 'rebase', 'defined', 'get', 'setdefault']);

/**
 * Names in the generated code. All of them begin with `$$`:
 *
 *     $$v  the variables       $$o  the output              $$p  the position in the template
 *     $$t  a printed value     $$r  the layout of rebase()  $$s  returns the current variables
 *     $$c  the output that several templates share          $$n  reads the names that the template defines
 *
 * and, from the runtime: $$e escape, $$q to text, $$k look a name up, $$u "not defined", $$m fail for a missing name, $$w wrap an
 * error, $$again the checked variant, $$i include, $$in include for its names, $$b rebase, $$own copy the variables, $$d defined, $$g get. Only compiled modules use $$at, which notes where a function threw.
 */
export const RUNTIME_NAMES = ['e', 'q', 'k', 'u', 'm', 'w', 'again', 'i', 'in', 'b', 'own', 'd', 'g', 'at'] as const;
