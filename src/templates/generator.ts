import type { Analysis } from './analysis.js';
import type { TemplateOrigin } from './template-error.js';
import type { Output, ParsedTemplate } from './parser.js';

/** A parsed and analysed template. The generator creates its functions. */
export interface CompiledTemplate {
  readonly origin: TemplateOrigin;
  readonly parsed: ParsedTemplate;
  readonly analysis: Analysis;
  /** The names that the template uses without declaring them, except for the engine's helpers. */
  readonly names: readonly string[];
  /** The offset of its first `await`, or undefined if it renders synchronously. */
  readonly awaits: number | undefined;
}

/** One of the functions that are generated from a template. */
export interface Variant {
  readonly async: boolean;
  readonly stream: boolean;
  /**
   * Whether every use of a name is checked. Unchecked code is faster. When a name is missing, it calls the checked variant, which
   * throws if the name is actually used.
   */
  readonly checked: boolean;
  /**
   * Whether the code becomes part of a module. A bundler may move its lines, so that it records every position, and not only those
   * before foreign code.
   */
  readonly beforehand?: boolean;
  /**
   * Whether the function prints to the output of its caller (`$$c.o`), which it takes as its second argument, and returns the names
   * that the template defines. A template that has functions of its own, or of others, includes and rebases this way, because
   * these functions print wherever they are called.
   */
  readonly shared?: boolean;
}

/** A change to the intermediate code: `start … end` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The end of a function of the template, in code of a module. */
const CATCH = '}catch($$x){throw $$at($$x,$$p);}';

/** A stream emits its output when it has this many characters. */
const CHUNK = 4096;

/** Generates the code around a template's intermediate code, and the changes to it. */
export function generate(compiled: CompiledTemplate, variant: Variant): { before: string; edits: Edit[]; after: string } {
  return new Generator(compiled, variant).generate();
}

class Generator {
  readonly #edits: Edit[] = [];
  readonly #uses: ReadonlySet<string>;
  /** The variables whose value may change while the template runs. */
  readonly #changingNames: readonly string[];
  /** Whether evaluating an expression may print. The output must then be read after the evaluation. */
  readonly #mayPrint: boolean;
  readonly #rebases: boolean;
  /** Whether the templates that it includes or rebases on print to the same output. */
  readonly #shares: boolean;
  /** The output. It is a property where several templates print to it. */
  readonly #out: string;

  constructor(
    readonly compiled: CompiledTemplate,
    readonly variant: Variant,
  ) {
    const { analysis, parsed, names } = compiled;
    const uses = new Set(analysis.references.map((reference) => reference.name));
    this.#uses = uses;
    const written = new Set(analysis.references.filter((one) => one.kind === 'write').map((one) => one.name));
    this.#changingNames = uses.has('setdefault') ? names : names.filter((name) => written.has(name));
    const includes = analysis.references.filter((one) => one.name === 'include').length;
    const statements = analysis.calls.filter((one) => one.name === 'include' && one.statement).length;
    const nested = parsed.outputs.some((output) => this.#depth(output) !== 0);
    this.#rebases = uses.has('rebase');
    const hasOthers = this.#rebases || includes > 0;
    this.#shares = variant.shared === true || includes > statements || (nested && hasOthers);
    this.#mayPrint = nested || this.#shares || variant.async;
    this.#out = this.#shares ? '$$c.o' : '$$o';
  }

  generate(): { before: string; edits: Edit[]; after: string } {
    this.#recordPositions();
    for (const output of this.compiled.parsed.outputs) this.#output(output);
    this.#includes();
    this.#checks();
    this.#returns();
    if (this.variant.beforehand) for (const { end } of this.compiled.analysis.functions) this.#insert(end, CATCH);
    if (this.#streams()) {
      const flush = `if (${this.#out} !== "") { yield ${this.#out}; ${this.#out} = ""; }`;
      for (const end of this.compiled.analysis.awaitLoops) this.#insert(end, flush);
    }
    return { before: this.#before(), edits: this.#edits, after: this.#after() };
  }

  #insert(at: number, text: string): void {
    this.#edits.push({ start: at, end: at, text });
  }

  #replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  #source(offset: number): number {
    return this.compiled.parsed.emitter.sourceOf(offset);
  }

  #depth(output: Output): number | undefined {
    return this.compiled.analysis.statements.get(output.start)?.depth;
  }

  /** A page with a layout must be complete before the layout can print it. */
  #streams(): boolean {
    return this.variant.stream && !this.#rebases;
  }

  /**
   * Records the position before foreign code runs. Errors of the template's own code are located by their stack trace, at no
   * cost. The code of a module has no such stack trace: see {@link Variant.beforehand}.
   */
  #recordPositions(): void {
    const { statements, conditions, functions } = this.compiled.analysis;
    const { beforehand } = this.variant;
    if (beforehand) {
      // A function has its own position, so that the position of its caller is still right after it returns.
      for (const { start } of functions) this.#insert(start, 'let $$p=0;try{');
      for (const { start, end } of conditions) {
        this.#insert(start, `($$p=${this.#source(start)},`);
        this.#insert(end, ')');
      }
    }
    const printed = new Set<number>();
    for (const { start, parts } of this.compiled.parsed.outputs) {
      printed.add(start);
      for (const part of parts) if (typeof part !== 'string') printed.add(part.start);
    }
    for (const { start, foreign } of statements.values()) {
      if (printed.has(start)) continue;
      // The semicolon separates it from the statement before, which a check in parentheses could continue.
      this.#insert(start, foreign || beforehand ? `$$p=${this.#source(start)};` : ';');
    }
  }

  #output(output: Output): void {
    const { statements } = this.compiled.analysis;
    const prints = this.#mayPrint && output.parts.some((part) => typeof part !== 'string');
    let glue = '';
    let open = false;
    let at = output.start + 1;
    const begin = () => {
      glue += open ? '+' : `${this.#out}+=`;
      open = true;
    };
    for (const part of output.parts) {
      if (typeof part === 'string') {
        begin();
        glue += JSON.stringify(part);
        continue;
      }
      const call = part.raw ? '$$q' : '$$e';
      const place = this.variant.beforehand || statements.get(part.start)?.foreign ? `$$p=${this.#source(part.start)},` : '';
      if (prints) {
        this.#replace(at, part.start, `${glue}${open ? ';' : ''}$$t=(${place}`);
        glue = `);${this.#out}+=${call}($$t)`;
        open = true;
      } else {
        begin();
        this.#replace(at, part.start, `${glue}${call}(${place ? `(${place}` : ''}`);
        glue = place ? '))' : ')';
      }
      at = part.end;
    }
    this.#replace(at, output.end - 1, `${glue};`);
    if (this.#streams() && this.#depth(output) === 0) {
      this.#insert(output.end - 1, `if(${this.#out}.length>${CHUNK}){yield ${this.#out};${this.#out}="";}`);
    }
  }

  /** `include()` prints where it is called. As a statement it returns what it prints, unless the output is shared. */
  #includes(): void {
    for (const call of this.compiled.analysis.calls) {
      if (call.name !== 'include') continue;
      const wait = this.variant.async && call.async;
      if (call.statement && !this.#shares) {
        this.#replace(call.start, call.calleeEnd, wait ? '$$t=await $$ia' : '$$t=$$is');
        this.#insert(call.end, `,${this.#out}+=$$t`);
      } else if (wait) {
        this.#replace(call.start, call.calleeEnd, '(await $$iw');
        this.#insert(call.end, ')');
      }
    }
  }

  /** A variable that the template itself sets may be missing at first, so it is checked in every variant. */
  #checks(): void {
    const { references, updates } = this.compiled.analysis;
    const known = new Set(this.variant.checked ? this.compiled.names : this.#changingNames);
    for (const { name, start, end, kind, shorthand } of references) {
      if (!known.has(name) || kind === 'write') continue;
      const otherwise = kind === 'typeof' ? 'undefined' : `$$m(${JSON.stringify(name)},${this.#source(start)},$$v)`;
      this.#insert(start, `${shorthand ? `${name}:` : ''}(${name}===$$u?${otherwise}:`);
      this.#insert(end, ')');
    }
    for (const { name, start, end } of updates) {
      if (!known.has(name)) continue;
      this.#insert(start, `(${name}===$$u&&$$m(${JSON.stringify(name)},${this.#source(start)},$$v),`);
      this.#insert(end, ')');
    }
  }

  #returns(): void {
    for (const { start, end, argument } of this.compiled.analysis.returns) {
      if (!argument) {
        this.#replace(start, end, '{break $$body;}');
        continue;
      }
      this.#replace(start, argument.start, '{void(');
      this.#replace(argument.end, end, ');break $$body;}');
    }
  }

  #before(): string {
    const { async, stream, beforehand, shared } = this.variant;
    const lines = [`return ${async ? 'async ' : ''}function${stream ? '*' : ''} template($$v${shared ? ',$$c' : ''}){`];
    // Modules are strict.
    if (!beforehand) lines.unshift('"use strict";');
    lines.push(`let ${this.#out === '$$o' ? '$$o="",' : ''}$$t,$$p=0,$$r=null;`);
    if (shared) lines.push('let $$n;');
    else if (this.#shares) lines.push('const $$c={o:""};');
    for (const name of this.compiled.names) lines.push(this.#variable(name));
    // The layout prints what the template itself has printed.
    if (this.#shares && this.#rebases) lines.push('const $$before=$$c.o;$$c.o="";');
    lines.push(...this.#helpers());
    lines.push('try{');
    if (this.compiled.analysis.returns.length > 0) lines.push('$$body:{');
    if (shared) lines.push(`$$n={${this.#names()}};`);
    return `${lines.join('\n')}\n`;
  }

  #variable(name: string): string {
    const literal = JSON.stringify(name);
    if (this.variant.checked || this.#changingNames.includes(name)) return `let ${name}=$$k(${literal},$$v);`;
    const inherited = name in Object.prototype;
    const again = `return ${this.variant.stream ? 'yield* ' : ''}$$again($$v${this.variant.shared ? ',$$c' : ''});`;
    const read = inherited ? `let ${name};` : `let ${name}=$$v.${name};`;
    return `${read}if(${name}===undefined&&(${name}=$$k(${literal},$$v))===$$u)${again}`;
  }

  #helpers(): string[] {
    const uses = this.#uses;
    const lines: string[] = [];
    const scoped = ['include', 'rebase', 'defined', 'get', 'setdefault'].some((name) => uses.has(name));
    if (!scoped) return lines;
    if (this.#changingNames.length > 0 || uses.has('setdefault')) {
      const sync = this.#changingNames.map((name) => `if(${name}!==$$u)$$v[${JSON.stringify(name)}]=${name};`);
      lines.push('$$v=$$own($$v);', `const $$s=()=>{${sync.join('')}return $$v;};`);
    } else lines.push('const $$s=()=>$$v;');
    if (uses.has('defined')) lines.push('const defined=(n)=>$$d(n,$$s());');
    if (uses.has('get')) lines.push('const get=(n,d)=>$$g(n,d,$$s());');
    if (uses.has('setdefault')) {
      const cases = this.compiled.names.map((name) => `case ${JSON.stringify(name)}:return ${name}=d;`);
      lines.push(`const setdefault=(n,d)=>{if($$d(n,$$s()))return $$g(n,d,$$v);$$v[n]=d;switch(n){${cases.join('')}}return d;};`);
    }
    if (uses.has('rebase')) lines.push('const rebase=(n,a)=>{$$r=[n,a];return "";};');
    if (uses.has('include')) {
      if (this.#shares) {
        lines.push('const include=(n,a)=>$$in(n,a,$$s(),false,$$c);');
        if (this.variant.async) lines.push('const $$iw=(n,a)=>$$in(n,a,$$s(),true,$$c);');
      } else {
        lines.push('const $$is=(n,a)=>$$i(n,a,$$s(),false);');
        if (this.variant.async) lines.push('const $$ia=(n,a)=>$$i(n,a,$$s(),true);');
      }
    }
    return lines;
  }

  #after(): string {
    const { async, stream, shared } = this.variant;
    const lines: string[] = [];
    if (this.compiled.analysis.returns.length > 0) lines.push('}');
    if (this.#rebases) {
      const wait = async ? 'await ' : '';
      if (this.#shares) {
        const rebased = `${wait}$$in($$r[0],{...$$r[1],base:$$t},$$s(),${async},$$c)`;
        lines.push(`if($$r!==null){$$t=$$c.o;$$c.o=$$before;${rebased};}else $$c.o=$$before+$$c.o;`);
      } else {
        const rebased = `$$b($$r[0],$$r[1],$$o,$$s())`;
        lines.push(`if($$r!==null)${stream ? `{yield* ${rebased};return;}` : `return ${wait}${rebased};`}`);
      }
    }
    if (shared) lines.push('return $$n;');
    else lines.push(stream ? `if(${this.#out}!=="")yield ${this.#out};` : `return ${this.#out};`);
    lines.push('}catch($$x){throw $$w($$x,$$p);}', '}');
    return lines.join('\n');
  }

  /** Functions that read the names which the template may define: its declarations, and the variables that it sets. */
  #names(): string {
    const names = [...this.#changingNames, ...this.compiled.analysis.declared];
    // In brackets, because `"__proto__":` would be the prototype.
    return names.map((name) => `[${JSON.stringify(name)}]:()=>${name}`).join(',');
  }
}
