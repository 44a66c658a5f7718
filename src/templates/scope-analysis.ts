import {
  type Analysis,
  type AstNode,
  type Call,
  declarePattern,
  type Reference,
  Scope,
  type Statement,
  type Update,
} from './analysis.js';

interface Where {
  readonly scope: Scope;
  readonly depth: number;
  /** Whether `await` may stand here, if the template's own code may wait. */
  readonly async: boolean;
  readonly statement: Statement | undefined;
}

/** Found names are judged when the whole template has been read: a declaration may follow its use. */
interface Found<T extends { name: string }> {
  readonly scope: Scope;
  readonly item: T;
}

/**
 * Finds the names that a program uses without declaring them, and the places the compiler has to change.
 *
 * @param planted nodes in place of the statements that start at these offsets.
 * @param fail is told of what templates may not contain.
 */
export function analyse(
  program: AstNode,
  planted: ReadonlyMap<number, readonly AstNode[]>,
  fail: (reason: string, offset: number) => never,
): Analysis {
  return new Analyser(planted, fail).run(program);
}

class Analyser {
  readonly #references: Found<Reference>[] = [];
  readonly #updates: Found<Update>[] = [];
  readonly #calls: Found<Call>[] = [];
  readonly #result: Analysis = {
    references: [],
    updates: [],
    calls: [],
    statements: new Map(),
    returns: [],
    awaits: undefined,
    awaitLoops: [],
  };

  constructor(
    readonly planted: ReadonlyMap<number, readonly AstNode[]>,
    readonly fail: (reason: string, offset: number) => never,
  ) {}

  run(program: AstNode): Analysis {
    const scope = new Scope(undefined, true);
    this.#list(program.body as AstNode[], { scope, depth: 0, async: true, statement: undefined });
    const free = <T extends { name: string }>(found: Found<T>[]) =>
      found.filter((one) => !one.scope.has(one.item.name)).map((one) => one.item);
    this.#result.references.push(...free(this.#references));
    this.#result.updates.push(...free(this.#updates));
    this.#result.calls.push(...free(this.#calls));
    return this.#result;
  }

  /** A list of statements: declares what they declare before it reads them. */
  #list(body: AstNode[], where: Where): void {
    for (const node of body) this.#declareStatement(node, where.scope);
    for (const node of body) {
      const planted = this.planted.get(node.start);
      if (planted) for (const one of planted) this.#statement(one, where);
      else this.#statement(node, where);
    }
  }

  #statement(node: AstNode, where: Where): void {
    const statement: Statement = { start: node.start, foreign: false, depth: where.depth };
    if (!node.type.endsWith('Declaration') || node.type === 'VariableDeclaration') {
      this.#result.statements.set(node.start, statement);
    }
    this.#visit(node, { ...where, statement });
  }

  #declareStatement(node: AstNode, scope: Scope): void {
    if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') {
      if (node.id) scope.names.add((node.id as unknown as { name: string }).name);
    } else if (node.type === 'VariableDeclaration') this.#declareVariables(node, scope);
  }

  #declareVariables(node: AstNode, scope: Scope): void {
    const target = node.kind === 'var' ? scope.functionScope() : scope;
    for (const one of node.declarations as AstNode[]) declarePattern(one.id as AstNode, target);
  }

  #visit(node: AstNode, where: Where): void {
    switch (node.type) {
      case 'Identifier':
        return this.#reference(node, where, 'read');
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#function(node, where);
      case 'BlockStatement':
      case 'StaticBlock':
        return this.#list(node.body as AstNode[], { ...where, scope: new Scope(where.scope, node.type === 'StaticBlock') });
      case 'VariableDeclaration':
        this.#declareVariables(node, where.scope);
        for (const one of node.declarations as AstNode[]) {
          this.#pattern(one.id as AstNode, where, true);
          if (one.init) this.#visit(one.init as AstNode, where);
        }
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#class(node, where);
      case 'ForStatement':
        return this.#children(node, { ...where, scope: new Scope(where.scope, false) });
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.#forEach(node, { ...where, scope: new Scope(where.scope, false) });
      case 'SwitchStatement':
        return this.#switch(node, where);
      case 'CatchClause': {
        const inner = { ...where, scope: new Scope(where.scope, false) };
        if (node.param) {
          declarePattern(node.param as AstNode, inner.scope);
          this.#pattern(node.param as AstNode, inner, true);
        }
        return this.#visit(node.body as AstNode, inner);
      }
      case 'LabeledStatement':
        return this.#visit(node.body as AstNode, where);
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'MemberExpression':
        this.#visit(node.object as AstNode, where);
        if (node.computed) this.#visit(node.property as AstNode, where);
        return;
      case 'Property':
      case 'PropertyDefinition':
      case 'MethodDefinition':
        return this.#property(node, where);
      case 'AssignmentExpression':
        return this.#assignment(node, where);
      case 'UpdateExpression':
        if ((node.argument as AstNode).type === 'Identifier') return this.#update(node, node.argument as AstNode, where);
        return this.#visit(node.argument as AstNode, where);
      case 'UnaryExpression':
        if (node.operator === 'typeof' && (node.argument as AstNode).type === 'Identifier') {
          return this.#reference(node.argument as AstNode, where, 'typeof');
        }
        return this.#visit(node.argument as AstNode, where);
      case 'ReturnStatement':
        if (where.depth === 0) {
          this.#result.returns.push({ start: node.start, end: node.end, argument: node.argument as AstNode | null });
        }
        return this.#children(node, where);
      case 'AwaitExpression':
        this.#waits(node.start, where);
        return this.#children(node, where);
      case 'ExpressionStatement':
        return this.#expression(node, where);
      case 'CallExpression':
        return this.#call(node, where, false);
      case 'NewExpression':
      case 'TaggedTemplateExpression':
      case 'ThrowStatement':
        if (where.statement) where.statement.foreign = true;
        return this.#children(node, where);
      case 'ImportExpression':
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
        return this.fail('import and export are not for templates: pass what they need as a variable.', node.start);
      default:
        return this.#children(node, where);
    }
  }

  #children(node: AstNode, where: Where): void {
    for (const key in node) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (const item of value) if (item) this.#visit(item as AstNode, where);
      } else if (value !== null && typeof value === 'object' && typeof (value as AstNode).type === 'string') {
        this.#visit(value as AstNode, where);
      }
    }
  }

  #expression(statement: AstNode, where: Where): void {
    const node = statement.expression as AstNode;
    // In parentheses stands what is printed.
    if (node.type === 'CallExpression' && node.start === statement.start) this.#call(node, where, true);
    else this.#visit(node, where);
  }

  #call(node: AstNode, where: Where, statement: boolean): void {
    if (where.statement) where.statement.foreign = true;
    const callee = node.callee as AstNode;
    if (callee.type === 'Identifier') {
      const { start, end } = node;
      const { async } = where;
      const item = { name: callee.name as string, start, end, calleeEnd: callee.end, statement, async };
      this.#calls.push({ scope: where.scope, item });
    }
    this.#children(node, where);
  }

  #waits(offset: number, where: Where): void {
    if (where.statement) where.statement.foreign = true;
    if (where.depth === 0) this.#result.awaits ??= offset;
  }

  #function(node: AstNode, where: Where): void {
    const scope = new Scope(where.scope, true);
    if (node.type !== 'ArrowFunctionExpression') scope.names.add('arguments');
    if (node.type === 'FunctionExpression' && node.id) declarePattern(node.id as AstNode, scope);
    const async = node.async === true && !node.generator;
    const inner: Where = { scope, depth: where.depth + 1, async, statement: where.statement };
    for (const param of node.params as AstNode[]) {
      declarePattern(param, scope);
      this.#pattern(param, inner, true);
    }
    const body = node.body as AstNode;
    if (body.type === 'BlockStatement') this.#list(body.body as AstNode[], inner);
    else this.#visit(body, inner);
  }

  #class(node: AstNode, where: Where): void {
    const scope = new Scope(where.scope, false);
    if (node.id) declarePattern(node.id as AstNode, scope);
    if (node.superClass) this.#visit(node.superClass as AstNode, where);
    const inner = { ...where, scope, depth: where.depth + 1, async: false };
    for (const member of (node.body as AstNode).body as AstNode[]) this.#visit(member, inner);
  }

  #forEach(node: AstNode, where: Where): void {
    if (node.await) {
      this.#waits(node.start, where);
      const body = node.body as AstNode;
      if (where.depth === 0 && body.type === 'BlockStatement') this.#result.awaitLoops.push(body.end - 1);
    }
    const left = node.left as AstNode;
    if (left.type === 'VariableDeclaration') this.#visit(left, where);
    else this.#pattern(left, where, false);
    this.#visit(node.right as AstNode, where);
    this.#visit(node.body as AstNode, where);
  }

  #switch(node: AstNode, where: Where): void {
    this.#visit(node.discriminant as AstNode, where);
    const inner = { ...where, scope: new Scope(where.scope, false) };
    const cases = node.cases as AstNode[];
    for (const one of cases) for (const each of one.consequent as AstNode[]) this.#declareStatement(each, inner.scope);
    for (const one of cases) {
      if (one.test) this.#visit(one.test as AstNode, inner);
      this.#list(one.consequent as AstNode[], inner);
    }
  }

  #property(node: AstNode, where: Where): void {
    if (node.computed) this.#visit(node.key as AstNode, where);
    const value = node.value as AstNode | null;
    if (!value) return;
    if (node.shorthand) this.#reference(value, where, 'read', true);
    else this.#visit(value, where);
  }

  #assignment(node: AstNode, where: Where): void {
    const left = node.left as AstNode;
    if (node.operator !== '=' && left.type === 'Identifier') this.#update(node, left, where);
    else this.#pattern(left, where, false);
    this.#visit(node.right as AstNode, where);
  }

  #update(node: AstNode, target: AstNode, where: Where): void {
    this.#reference(target, where, 'write');
    const item = { name: target.name as string, start: node.start, end: node.end };
    this.#updates.push({ scope: where.scope, item });
  }

  /** Reads a pattern: its defaults and computed keys, and the names it assigns unless it declares them. */
  #pattern(node: AstNode, where: Where, declares: boolean): void {
    switch (node.type) {
      case 'Identifier':
        if (!declares) this.#reference(node, where, 'write');
        else this.#checkName(node);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left as AstNode, where, declares);
        return this.#visit(node.right as AstNode, where);
      case 'ArrayPattern':
        for (const one of node.elements as (AstNode | null)[]) if (one) this.#pattern(one, where, declares);
        return;
      case 'ObjectPattern':
        for (const one of node.properties as AstNode[]) {
          if (one.type === 'RestElement') this.#pattern(one, where, declares);
          else {
            if (one.computed) this.#visit(one.key as AstNode, where);
            this.#pattern(one.value as AstNode, where, declares);
          }
        }
        return;
      case 'RestElement':
        return this.#pattern(node.argument as AstNode, where, declares);
      default:
        return this.#visit(node, where);
    }
  }

  #reference(node: AstNode, where: Where, kind: Reference['kind'], shorthand = false): void {
    this.#checkName(node);
    const item = { name: node.name as string, start: node.start, end: node.end, kind, shorthand };
    this.#references.push({ scope: where.scope, item });
  }

  /** The lexer refuses these names already; written with \u escapes, they arrive here. */
  #checkName(node: AstNode): void {
    if ((node.name as string).startsWith('$$')) this.fail('names that start with $$ are the engine’s own.', node.start);
  }
}
