import { type AnyNode, type CallExpression, type Expression, type NewExpression, type Options, parse } from 'acorn';

/** An error that the source of a method names by literals. */
interface ThrownError {
  readonly status: number;
  /** The message, if it is a literal too. */
  readonly message: string | undefined;
}

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  allowAwaitOutsideFunction: true,
  allowReserved: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
};

/**
 * Finds the errors that a method throws or returns by literals: `abort(404, 'No such post.')`, `new HTTPError(409)`. Reads the source of the
 * function, so errors of functions that it calls are not found.
 *
 * @example thrownErrors(() => abort(404)) // [{ status: 404, message: undefined }]
 */
export function thrownErrors(fn: Function): ThrownError[] {
  const found: ThrownError[] = [];
  visit(parseFunction(Function.prototype.toString.call(fn)), (node) => {
    const error = errorOf(node);
    if (error !== undefined) found.push(error);
  });
  return found;
}

/** Parses a function as an expression, or a method as a member of an object. Native functions and classes have no readable source. */
function parseFunction(source: string): AnyNode | undefined {
  for (const text of [`(${source}\n)`, `({${source}\n})`]) {
    try {
      return parse(text, OPTIONS);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

function visit(value: unknown, see: (node: AnyNode) => void): void {
  if (Array.isArray(value)) {
    for (const one of value) visit(one, see);
  } else if (typeof value === 'object' && value !== null && 'type' in value) {
    see(value as AnyNode);
    for (const member of Object.values(value)) visit(member, see);
  }
}

function errorOf(node: AnyNode): ThrownError | undefined {
  const isCall = node.type === 'CallExpression' && isNamed(node.callee as Expression, /^abort\d*$/);
  const isNew = node.type === 'NewExpression' && isNamed(node.callee as Expression, /^HTTPError\d*$/);
  if (!isCall && !isNew) return undefined;
  const [status, message] = (node as CallExpression | NewExpression).arguments;
  if (status?.type !== 'Literal' || !isErrorStatus(status.value)) return undefined;
  const text = message?.type === 'Literal' && typeof message.value === 'string' ? message.value : undefined;
  return { status: status.value, message: text === '' ? undefined : text };
}

/** Compilers rename an import (`abort2`), or make a member of it (`(0, bottlenose.abort)`). */
function isNamed(callee: Expression, name: RegExp): boolean {
  if (callee.type === 'SequenceExpression') return isNamed(callee.expressions.at(-1) as Expression, name);
  if (callee.type === 'ParenthesizedExpression') return isNamed(callee.expression, name);
  if (callee.type === 'Identifier') return name.test(callee.name);
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
  return name.test(callee.property.name) && callee.object.type === 'Identifier' && /bottlenose/i.test(callee.object.name);
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599;
}
