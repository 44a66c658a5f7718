/**
 * The kinds of errors: the template's syntax, a missing name, a missing file, an error at run time, an engine that is not
 * installed or cannot run here, or a template that had to be compiled beforehand.
 */
export type TemplateErrorCode =
  | 'BN_TEMPLATE_SYNTAX'
  | 'BN_TEMPLATE_NAME'
  | 'BN_TEMPLATE_NOT_FOUND'
  | 'BN_TEMPLATE_RUNTIME'
  | 'BN_TEMPLATE_ENGINE'
  | 'BN_TEMPLATE_NOT_COMPILED';

/** The origin and the text of a template, for error positions. */
export interface TemplateOrigin {
  readonly name: string | undefined;
  readonly file: string | undefined;
  readonly source: string;
}

/** The name of a template in messages. */
export function originName(origin: TemplateOrigin): string {
  return origin.name ?? origin.file ?? '<template>';
}

/**
 * An error in a template: invalid syntax, an undefined name, a missing file, or an exception during rendering (its `cause` is the
 * original error). The message starts with `template:line:column` and ends with the source line.
 *
 * @example
 * try { template('page', {}) } catch (error) {
 *   if (error instanceof TemplateError) console.error(error.code, error.template, error.line);
 * }
 */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  /** The requested name of the template, or its file, or `<template>` for a source text. */
  readonly template: string;
  /** The absolute path of the file, if there is one. */
  readonly file: string | undefined;
  /** Starts at 1. */
  readonly line: number | undefined;
  /** Starts at 1, in UTF-16 code units. */
  readonly column: number | undefined;
  /** The source line with its neighbours, and a caret below the column. */
  readonly excerpt: string | undefined;
  /** The message without position and excerpt. */
  readonly reason: string;

  constructor(code: TemplateErrorCode, reason: string, position: Partial<TemplatePlace> = {}, options?: ErrorOptions) {
    const { template = '<template>', file, line, column, excerpt } = position;
    const where = line === undefined ? template : `${template}:${line}:${column}`;
    super(`${where}: ${reason}${excerpt ? `\n\n${excerpt}` : ''}`, options);
    this.name = 'TemplateError';
    this.code = code;
    this.reason = reason;
    this.template = template;
    this.file = file;
    this.line = line;
    this.column = column;
    this.excerpt = excerpt;
  }
}

/** The position of a {@link TemplateError}. */
interface TemplatePlace {
  template: string;
  file: string | undefined;
  line: number;
  column: number;
  excerpt: string;
}

/** The line and column of an offset in a template, with an excerpt. */
function positionOf(origin: TemplateOrigin, offset: number): TemplatePlace {
  const before = origin.source.slice(0, offset).split('\n');
  const line = before.length;
  const column = (before[line - 1] as string).length + 1;
  const lines = origin.source.split('\n');
  const width = String(Math.min(line + 1, lines.length)).length;
  const excerptLines: string[] = [];
  for (let n = Math.max(1, line - 1); n <= Math.min(line + 1, lines.length); n++) {
    const text = (lines[n - 1] as string).replace(/\r$/, '');
    excerptLines.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${text}`.trimEnd());
    // Tabs stay in the indentation of the caret, so that it is below the column for any tab width.
    if (n === line) excerptLines.push(`  ${' '.repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  return { template: originName(origin), file: origin.file, line, column, excerpt: excerptLines.join('\n') };
}

/** A {@link TemplateError} at an offset of the template's source. */
export function errorAt(
  origin: TemplateOrigin,
  code: TemplateErrorCode,
  reason: string,
  offset: number,
  options?: ErrorOptions,
): TemplateError {
  return new TemplateError(code, reason, positionOf(origin, offset), options);
}
