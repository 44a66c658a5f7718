import { unknownOption } from '../../support/known-options.js';
import { PARAMETER_OPTIONS, type ParameterMark, type ParameterSource, type RouteOptions } from './route-options.js';
import { sourceLabel } from './parameter-decorators.js';
import type { Parameter, SignatureParameter } from './parameter.js';
import { readSignature } from './signature.js';

/** A problem in a controller that is found without an app. It is reported when the controller is checked. */
export interface Problem {
  /** Stable, for tests and documentation. */
  code: string;
  /** Names the problem, its place, and the remedy. */
  message: string;
  /** `Posts.show`. */
  method?: string;
}

/** Records a problem: its code, and the message without the name of the method. */
export type Report = (code: string, text: string) => void;

interface ListInput {
  signature: readonly SignatureParameter[];
  readable: boolean;
  params: RouteOptions['params'];
  sources: ReadonlyMap<number, readonly ParameterSource[]>;
  /** `undefined` if the compiler emitted no types. */
  types: readonly (Function | undefined)[] | undefined;
}

const UNKNOWN_PARAMETER: SignatureParameter = { name: undefined, hasDefault: false, rest: false, pattern: false };

/** Merges the parameters of the source, the decorators, the emitted types and the option `params`. */
export function parameterList({ signature, readable, params = [], sources, types }: ListInput, report: Report): Parameter[] {
  const last = signature.at(-1);
  const isOpenEnded = !readable || last?.rest === true;
  if (params.length > signature.length && !isOpenEnded) {
    const takes = signature.length === 1 ? '1 parameter' : `${signature.length} parameters`;
    report('params-too-long', `\`params\` lists ${params.length}, but the method takes ${takes}; remove what is too much`);
  }
  // If the signature ends in a rest parameter or is unreadable, `params` and decorators may declare further parameters.
  const declaredCount = isOpenEnded ? Math.max(params.length, ...[...sources.keys()].map((index) => index + 1)) : 0;
  const length = Math.max(signature.length, declaredCount);
  return Array.from({ length }, (_, index) => {
    const known = signature[index] ?? UNKNOWN_PARAMETER;
    const isReplacedRest = known.rest && declaredCount > signature.length;
    const emitted = types?.[index];
    const parameter: Parameter = {
      ...(isReplacedRest ? UNKNOWN_PARAMETER : known),
      index,
      type: emitted ?? known.defaultType,
      emitted: emitted !== undefined ? 'class' : types === undefined ? 'nothing' : 'erased',
    };
    applySource(parameter, params[index], sources.get(index) ?? [], report);
    if (parameter.rest && parameter.source === undefined && typeof params[index] !== 'string') {
      const cure = "say where its values come from, `@Query('tag') ...tags`, or take an array";
      const hidden =
        'if it hides what a decorator further in wraps, put the route decorator below that one, or name the parameters in `params`';
      report('rest-parameter', `the source of the rest parameter ...${known.name ?? ''} is unknown; ${cure}; ${hidden}`);
    }
    return parameter;
  });
}

function applySource(
  parameter: Parameter,
  entry: string | ParameterMark | undefined,
  decorated: readonly ParameterSource[],
  report: Report,
): void {
  const sources = [...decorated];
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

/** The options of parameter decorators that do not exist, as messages. */
export function unknownParameterOptions(parameters: readonly Parameter[]): string[] {
  return parameters.flatMap(({ source }) => {
    if (source === undefined) return [];
    const known = PARAMETER_OPTIONS.filter((name) => name !== 'secret' || source.kind === 'cookie');
    const unknown = Object.keys(source.options).filter((name) => !known.includes(name));
    return unknown.map((name) => unknownOption(sourceLabel(source), name, known).message);
  });
}

/**
 * Describes the parameters of a function that handles a route: `app.get('/hello/<name>', ({ name }) => …)`.
 *
 * @param params - the route option `params`
 * @throws TypeError if `params` does not fit the function, or has an option that does not exist
 */
export function describeFunction(fn: Function, params?: RouteOptions['params']): Parameter[] {
  const { parameters, readable } = readSignature(fn);
  const name = fn.name || 'The function';
  const list = parameterList({ signature: parameters, readable, params, sources: new Map(), types: undefined }, (code, text) => {
    // A rest parameter of a function is allowed: it may stay empty, or the function may be a wrapper that reads its arguments.
    if (code !== 'rest-parameter') throw new TypeError(`${name}: ${text}.`);
  });
  const [unknown] = unknownParameterOptions(list);
  if (unknown !== undefined) throw new TypeError(`${name}: ${unknown}`);
  return list;
}
