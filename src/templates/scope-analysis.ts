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

/** The context of a visited node. */
interface VisitContext {
  readonly scope: Scope;
  readonly depth: number;
  /** Whether `await` is allowed here, if the template itself may wait. */
  readonly async: boolean;
  readonly statement: Statement | undefined;
}

/** Found names are resolved after the whole template is read, because a declaration may follow its use. */
interface ScopedItem<T extends { name: string }> {
  readonly scope: Scope;
  readonly item: T;
}

/**
 * Finds the undeclared names of a program, and the positions that the compiler changes.
 *
 * @param extracted nodes that replace the statements at these offsets.
 * @param fail reports code that is not allowed in templates.
 */
export function analyse(
  program: AstNode,
  extracted: ReadonlyMap<number, readonly AstNode[]>,
  fail: (reason: string, offset: number) => never,
): Analysis {
  return new Analyser(extracted, fail).run(program);
}

class Analyser {
  readonly #references: ScopedItem<Reference>[] = [];
  readonly #updates: ScopedItem<Update>[] = [];
  readonly #calls: ScopedItem<Call>[] = [];
  readonly #result: Analysis = {
    declared: [],
    references: [],
    updates: [],
    calls: [],
    statements: new Map(),
    returns: [],
    awaits: undefined,
    functions: [],
    conditions: [],
    awaitLoops: [],
  };

  constructor(
    readonly extracted: ReadonlyMap<number, readonly AstNode[]>,
    readonly fail: (reason: string, offset: number) => never,
  ) {}

  run(program: AstNode): Analysis {
    const scope = new Scope(undefined, true);
    this.#list(program.body as AstNode[], { scope, depth: 0, async: true, statement: undefined });
    this.#result.declared.push(...scope.names);
    const undeclared = <T extends { name: string }>(found: ScopedItem<T>[]) =>
      found.filter((one) => !one.scope.has(one.item.name)).map((one) => one.item);
    this.#result.references.push(...undeclared(this.#references));
    this.#result.updates.push(...undeclared(this.#updates));
    this.#result.calls.push(...undeclared(this.#calls));
    return this.#result;
  }

  /** A list of statements. Its declarations are collected before the statements are visited. */
  #list(body: AstNode[], context: VisitContext): void {
    for (const node of body) this.#declareStatement(node, context.scope);
    for (const node of body) {
      const extracted = this.extracted.get(node.start);
      if (extracted) for (const one of extracted) this.#statement(one, context);
      else this.#statement(node, context);
    }
  }

  #statement(node: AstNode, context: VisitContext): void {
    const statement: Statement = { start: node.start, foreign: false, depth: context.depth };
    if (!node.type.endsWith('Declaration') || node.type === 'VariableDeclaration') {
      this.#result.statements.set(node.start, statement);
    }
    this.#visit(node, { ...context, statement });
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

  #visit(node: AstNode, context: VisitContext): void {
    switch (node.type) {
      case 'Identifier':
        return this.#reference(node, context, 'read');
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#function(node, context);
      case 'BlockStatement':
      case 'StaticBlock':
        return this.#list(node.body as AstNode[], { ...context, scope: new Scope(context.scope, node.type === 'StaticBlock') });
      case 'VariableDeclaration':
        this.#declareVariables(node, context.scope);
        for (const one of node.declarations as AstNode[]) {
          this.#pattern(one.id as AstNode, context, true);
          if (one.init) this.#visit(one.init as AstNode, context);
        }
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#class(node, context);
      case 'IfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#recordCondition(node.test);
        return this.#children(node, context);
      case 'ForStatement':
        this.#recordCondition(node.test);
        this.#recordCondition(node.update);
        return this.#children(node, { ...context, scope: new Scope(context.scope, false) });
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.#forEach(node, { ...context, scope: new Scope(context.scope, false) });
      case 'SwitchStatement':
        return this.#switch(node, context);
      case 'CatchClause': {
        const inner = { ...context, scope: new Scope(context.scope, false) };
        if (node.param) {
          declarePattern(node.param as AstNode, inner.scope);
          this.#pattern(node.param as AstNode, inner, true);
        }
        return this.#visit(node.body as AstNode, inner);
      }
      case 'LabeledStatement':
        return this.#visit(node.body as AstNode, context);
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'MemberExpression':
        this.#visit(node.object as AstNode, context);
        if (node.computed) this.#visit(node.property as AstNode, context);
        return;
      case 'Property':
      case 'PropertyDefinition':
      case 'MethodDefinition':
        return this.#property(node, context);
      case 'AssignmentExpression':
        return this.#assignment(node, context);
      case 'UpdateExpression':
        if ((node.argument as AstNode).type === 'Identifier') return this.#update(node, node.argument as AstNode, context);
        return this.#visit(node.argument as AstNode, context);
      case 'UnaryExpression':
        if (node.operator === 'typeof' && (node.argument as AstNode).type === 'Identifier') {
          return this.#reference(node.argument as AstNode, context, 'typeof');
        }
        return this.#visit(node.argument as AstNode, context);
      case 'ReturnStatement':
        if (context.depth === 0) {
          this.#result.returns.push({ start: node.start, end: node.end, argument: node.argument as AstNode | null });
        }
        return this.#children(node, context);
      case 'AwaitExpression':
        this.#recordAwait(node.start, context);
        return this.#children(node, context);
      case 'ExpressionStatement':
        return this.#expression(node, context);
      case 'CallExpression':
        return this.#call(node, context, false);
      case 'NewExpression':
      case 'TaggedTemplateExpression':
      case 'ThrowStatement':
        if (context.statement) context.statement.foreign = true;
        return this.#children(node, context);
      case 'ImportExpression':
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
        return this.fail('import and export are not for templates: pass what they need as a variable.', node.start);
      default:
        return this.#children(node, context);
    }
  }

  #children(node: AstNode, context: VisitContext): void {
    for (const key in node) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (const item of value) if (item) this.#visit(item as AstNode, context);
      } else if (value !== null && typeof value === 'object' && typeof (value as AstNode).type === 'string') {
        this.#visit(value as AstNode, context);
      }
    }
  }

  #expression(statement: AstNode, context: VisitContext): void {
    const node = statement.expression as AstNode;
    // An expression in parentheses is a printed one.
    if (node.type === 'CallExpression' && node.start === statement.start) this.#call(node, context, true);
    else this.#visit(node, context);
  }

  #call(node: AstNode, context: VisitContext, statement: boolean): void {
    if (context.statement) context.statement.foreign = true;
    const callee = node.callee as AstNode;
    if (callee.type === 'Identifier') {
      const { start, end } = node;
      const { async } = context;
      const item = { name: callee.name as string, start, end, calleeEnd: callee.end, statement, async };
      this.#calls.push({ scope: context.scope, item });
    }
    this.#children(node, context);
  }

  #recordAwait(offset: number, context: VisitContext): void {
    if (context.statement) context.statement.foreign = true;
    if (context.depth === 0) this.#result.awaits ??= offset;
  }

  #recordCondition(expression: unknown): void {
    if (!expression) return;
    const { start, end } = expression as AstNode;
    this.#result.conditions.push({ start, end });
  }

  #function(node: AstNode, context: VisitContext): void {
    const scope = new Scope(context.scope, true);
    if (node.type !== 'ArrowFunctionExpression') scope.names.add('arguments');
    if (node.type === 'FunctionExpression' && node.id) declarePattern(node.id as AstNode, scope);
    const async = node.async === true && !node.generator;
    const inner: VisitContext = { scope, depth: context.depth + 1, async, statement: context.statement };
    for (const param of node.params as AstNode[]) {
      declarePattern(param, scope);
      this.#pattern(param, inner, true);
    }
    const body = node.body as AstNode;
    if (body.type === 'BlockStatement') {
      this.#result.functions.push({ start: body.start + 1, end: body.end - 1 });
      this.#list(body.body as AstNode[], inner);
    } else this.#visit(body, inner);
  }

  #class(node: AstNode, context: VisitContext): void {
    const scope = new Scope(context.scope, false);
    if (node.id) declarePattern(node.id as AstNode, scope);
    if (node.superClass) this.#visit(node.superClass as AstNode, context);
    const inner = { ...context, scope, depth: context.depth + 1, async: false };
    for (const member of (node.body as AstNode).body as AstNode[]) this.#visit(member, inner);
  }

  #forEach(node: AstNode, context: VisitContext): void {
    if (node.await) {
      this.#recordAwait(node.start, context);
      const body = node.body as AstNode;
      if (context.depth === 0 && body.type === 'BlockStatement') this.#result.awaitLoops.push(body.end - 1);
    }
    const left = node.left as AstNode;
    if (left.type === 'VariableDeclaration') this.#visit(left, context);
    else this.#pattern(left, context, false);
    this.#visit(node.right as AstNode, context);
    this.#visit(node.body as AstNode, context);
  }

  #switch(node: AstNode, context: VisitContext): void {
    this.#visit(node.discriminant as AstNode, context);
    const inner = { ...context, scope: new Scope(context.scope, false) };
    const cases = node.cases as AstNode[];
    for (const one of cases) for (const each of one.consequent as AstNode[]) this.#declareStatement(each, inner.scope);
    for (const one of cases) {
      this.#recordCondition(one.test);
      if (one.test) this.#visit(one.test as AstNode, inner);
      this.#list(one.consequent as AstNode[], inner);
    }
  }

  #property(node: AstNode, context: VisitContext): void {
    if (node.computed) this.#visit(node.key as AstNode, context);
    const value = node.value as AstNode | null;
    if (!value) return;
    if (node.shorthand) this.#reference(value, context, 'read', true);
    else this.#visit(value, context);
  }

  #assignment(node: AstNode, context: VisitContext): void {
    const left = node.left as AstNode;
    if (node.operator !== '=' && left.type === 'Identifier') this.#update(node, left, context);
    else this.#pattern(left, context, false);
    this.#visit(node.right as AstNode, context);
  }

  #update(node: AstNode, target: AstNode, context: VisitContext): void {
    this.#reference(target, context, 'write');
    const item = { name: target.name as string, start: node.start, end: node.end };
    this.#updates.push({ scope: context.scope, item });
  }

  /** Visits a pattern: its defaults and computed keys, and the names it assigns unless it declares them. */
  #pattern(node: AstNode, context: VisitContext, declares: boolean): void {
    switch (node.type) {
      case 'Identifier':
        if (!declares) this.#reference(node, context, 'write');
        else this.#checkName(node);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left as AstNode, context, declares);
        return this.#visit(node.right as AstNode, context);
      case 'ArrayPattern':
        for (const one of node.elements as (AstNode | null)[]) if (one) this.#pattern(one, context, declares);
        return;
      case 'ObjectPattern':
        for (const one of node.properties as AstNode[]) {
          if (one.type === 'RestElement') this.#pattern(one, context, declares);
          else {
            if (one.computed) this.#visit(one.key as AstNode, context);
            this.#pattern(one.value as AstNode, context, declares);
          }
        }
        return;
      case 'RestElement':
        return this.#pattern(node.argument as AstNode, context, declares);
      default:
        return this.#visit(node, context);
    }
  }

  #reference(node: AstNode, context: VisitContext, kind: Reference['kind'], shorthand = false): void {
    this.#checkName(node);
    const item = { name: node.name as string, start: node.start, end: node.end, kind, shorthand };
    this.#references.push({ scope: context.scope, item });
  }

  /** The lexer rejects these names, unless they are written with \u escapes. */
  #checkName(node: AstNode): void {
    if ((node.name as string).startsWith('$$')) this.fail('names that start with $$ are the engine’s own.', node.start);
  }
}
