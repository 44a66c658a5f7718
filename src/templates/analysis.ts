/** A node of the syntax tree, as acorn makes them (ESTree). */
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
  /** `{ name }`: the key has to be repeated when the value is replaced. */
  readonly shorthand: boolean;
}

/** `name += …` or `name++`: reads and writes, so that a check has to go around the whole expression. */
export interface Update {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A call of a name that the template does not declare: where, and whether it may wait. */
export interface Call {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly calleeEnd: number;
  readonly statement: boolean;
  readonly async: boolean;
}

/** A statement in a list of statements, before which another one may be put. */
export interface Statement {
  readonly start: number;
  /** Whether it runs foreign code, which may throw something that carries no trace through the template. */
  foreign: boolean;
  /** How many functions of the template it is in. */
  readonly depth: number;
}

/** What the compiler needs to know of a template's code. */
export interface Analysis {
  readonly references: Reference[];
  readonly updates: Update[];
  readonly calls: Call[];
  readonly statements: Map<number, Statement>;
  /** `return` outside of functions. */
  readonly returns: { start: number; end: number; argument: AstNode | null }[];
  /** The first place that waits, outside of functions. */
  awaits: number | undefined;
  /** The ends of the bodies of `for await` loops outside of functions. */
  readonly awaitLoops: number[];
}

/** A stretch of code in which declared names are known. */
export class Scope {
  readonly names = new Set<string>();
  constructor(
    readonly parent: Scope | undefined,
    readonly ofFunction: boolean,
  ) {}

  has(name: string): boolean {
    return this.names.has(name) || (this.parent?.has(name) ?? false);
  }

  functionScope(): Scope {
    return this.ofFunction || !this.parent ? this : this.parent.functionScope();
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
      for (const one of node.elements as (AstNode | null)[]) if (one) declarePattern(one, scope);
      break;
    case 'ObjectPattern':
      for (const one of node.properties as AstNode[]) {
        declarePattern((one.type === 'RestElement' ? one.argument : one.value) as AstNode, scope);
      }
      break;
  }
}
