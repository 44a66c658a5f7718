import type { ParameterMark, ParameterSource, RouteOptions } from './route-options.js';
import { sourceLabel } from './parameter-decorators.js';
import type { Parameter, SignatureParameter } from './parameter.js';
import { readSignature } from './signature.js';

/** Something wrong in the user's code, found without an app; reported when the controller is checked. */
export interface Problem {
  /** Stable, for tests and documentation. */
  code: string;
  /** Names the thing, its place, and the remedy. */
  message: string;
  /** `Posts.show`. */
  method?: string;
}

/** Notes a problem: its code, and what is to say after the name of the method. */
export type Report = (code: string, text: string) => void;

export interface ListInput {
  signature: readonly SignatureParameter[];
  readable: boolean;
  params: RouteOptions['params'];
  sources: ReadonlyMap<number, readonly ParameterSource[]>;
  /** `undefined` where the compiler emitted none. */
  types: readonly (Function | undefined)[] | undefined;
}

const MINIMAL: SignatureParameter = { name: undefined, hasDefault: false, rest: false, pattern: false };

/** Lays the source's parameters, the decorators', the compiler's types and `params` over each other. */
export function parameterList({ signature, readable, params = [], sources, types }: ListInput, report: Report): Parameter[] {
  const last = signature.at(-1);
  const open = !readable || last?.rest === true;
  if (params.length > signature.length && !open) {
    const takes = signature.length === 1 ? '1 parameter' : `${signature.length} parameters`;
    report('params-too-long', `\`params\` lists ${params.length}, but the method takes ${takes}; remove what is too much`);
  }
  // What `params` and decorators say beyond the source's last parameter stands for what a rest parameter, or a hidden source,
  // really takes.
  const said = open ? Math.max(params.length, ...[...sources.keys()].map((index) => index + 1)) : 0;
  const length = Math.max(signature.length, said);
  return Array.from({ length }, (_, index) => {
    const known = signature[index] ?? MINIMAL;
    const spread = known.rest && said > signature.length;
    const type = types?.[index] ?? known.defaultType;
    const parameter: Parameter = {
      ...(spread ? MINIMAL : known),
      index,
      type,
      mayHaveType: types === undefined && type === undefined,
    };
    place(parameter, params[index], sources.get(index) ?? [], report);
    if (parameter.rest && parameter.source === undefined && typeof params[index] !== 'string') {
      const cure = "say where its values come from, `@Query('tag') ...tags`, or take an array";
      const hidden =
        'if it hides what a decorator further in wraps, put the route decorator below that one, or name the parameters in `params`';
      report('rest-parameter', `nothing can be told of the rest parameter ...${known.name ?? ''}; ${cure}; ${hidden}`);
    }
    return parameter;
  });
}

function place(
  parameter: Parameter,
  entry: string | ParameterMark | undefined,
  marked: readonly ParameterSource[],
  report: Report,
): void {
  const sources = [...marked];
  if (typeof entry === 'string') parameter.name = entry;
  else if (typeof entry === 'function' && typeof entry.source === 'object') sources.unshift(entry.source);
  else if (entry !== undefined) {
    const cure = "write a name, 'id', or what a parameter decorator gives, Query('page')";
    report('params-entry', `entry ${parameter.index} of \`params\` is neither a name nor a parameter decorator; ${cure}`);
  }
  const [source, other] = sources;
  if (source === undefined) return;
  parameter.source = source;
  if (other !== undefined) {
    const which = parameter.name === undefined ? `parameter ${parameter.index}` : `parameter ${parameter.name}`;
    report('parameter-conflict', `${which} has both ${sourceLabel(source)} and ${sourceLabel(other)}; keep one`);
  }
}

/**
 * The parameters of a function that handles a route on its own: `app.get('/hello/<name>', ({ name }) => …)`.
 *
 * @param params - as in route options
 * @throws TypeError when `params` does not fit the function
 */
export function describeFunction(fn: Function, params?: RouteOptions['params']): Parameter[] {
  const { parameters, readable } = readSignature(fn);
  return parameterList({ signature: parameters, readable, params, sources: new Map(), types: undefined }, (code, text) => {
    // A function's rest parameter may well stay empty, or the function be a wrapper that reads its arguments.
    if (code !== 'rest-parameter') throw new TypeError(`${fn.name || 'The function'}: ${text}.`);
  });
}
