/**
 * A node of the syntax tree that acorn produces (ESTree).
 *
 * @see https://github.com/estree/estree
 */
export interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A use of a name that the template does not declare. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'read' | 'write' | 'typeof';
  /** `{ name }`: the key must be repeated when the value is replaced. */
  readonly shorthand: boolean;
}

/** `name += …` or `name++`. It reads and writes, so a check must enclose the whole expression. */
export interface Update {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A call of a name that the template does not declare. `async` tells whether `await` is allowed there. */
export interface Call {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly calleeEnd: number;
  readonly statement: boolean;
  readonly async: boolean;
}

/** A statement in a list of statements. Another statement can be inserted before it. */
export interface Statement {
  readonly start: number;
  /** Whether it calls foreign code. An error of such code may have no stack trace through the template. */
  foreign: boolean;
  /** How many functions of the template enclose it. */
  readonly depth: number;
}

/** The facts about a template's code that the compiler uses. */
export interface Analysis {
  /** The names that the template declares outside of blocks and functions. */
  readonly declared: string[];
  readonly references: Reference[];
  readonly updates: Update[];
  readonly calls: Call[];
  readonly statements: Map<number, Statement>;
  /** `return` statements outside of functions. */
  readonly returns: { start: number; end: number; argument: AstNode | null }[];
  /** The first `await` outside of functions. */
  awaits: number | undefined;
  /** The bodies of functions that are blocks, without their braces. */
  readonly functions: { start: number; end: number }[];
  /** Expressions that are evaluated between statements: the tests of `if`, `while`, `for` and `case`, and the update of `for`. */
  readonly conditions: { start: number; end: number }[];
  /** The ends of the bodies of `for await` loops outside of functions. */
  readonly awaitLoops: number[];
}

/** A scope of declared names. */
export class Scope {
  readonly names = new Set<string>();
  constructor(
    readonly parent: Scope | undefined,
    readonly isFunction: boolean,
  ) {}

  has(name: string): boolean {
    return this.names.has(name) || (this.parent?.has(name) ?? false);
  }

  functionScope(): Scope {
    return this.isFunction || !this.parent ? this : this.parent.functionScope();
  }
}

/** Declares the names that a pattern binds. */
export function declarePattern(node: AstNode, scope: Scope): void {
  switch (node.type) {
    case 'Identifier':
      scope.names.add(node.name as string);
      break;
    case 'AssignmentPattern':
      declarePattern(node.left as AstNode, scope);
      break;
    case 'RestElement':
      declarePattern(node.argument as AstNode, scope);
      break;
    case 'ArrayPattern':
      for (const element of node.elements as (AstNode | null)[]) if (element) declarePattern(element, scope);
      break;
    case 'ObjectPattern':
      for (const element of node.properties as AstNode[]) {
        declarePattern((element.type === 'RestElement' ? element.argument : element.value) as AstNode, scope);
      }
      break;
  }
}
