/** What went wrong: the text of the template, a name it uses, the file, an error while it ran, or its engine is not installed. */
export type TemplateErrorCode =
  | 'BN_TEMPLATE_SYNTAX'
  | 'BN_TEMPLATE_NAME'
  | 'BN_TEMPLATE_NOT_FOUND'
  | 'BN_TEMPLATE_RUNTIME'
  | 'BN_TEMPLATE_ENGINE';

/** Where a template comes from and what it says: enough to show a place in it. */
export interface TemplateOrigin {
  readonly name: string | undefined;
  readonly file: string | undefined;
  readonly source: string;
}

/** How a template is called in messages. */
export function originName(origin: TemplateOrigin): string {
  return origin.name ?? origin.file ?? '<template>';
}

/**
 * An error in a template: its syntax, a name nobody defined, a file that is not there, or an exception thrown while it
 * rendered (then `cause` holds the original). The message begins with `template:line:column` and ends with the line shown.
 *
 * @example
 * try { template('page', {}) } catch (error) {
 *   if (error instanceof TemplateError) console.error(error.code, error.template, error.line);
 * }
 */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  /** The name the template was asked for by, or its file, or `<template>` for a source text. */
  readonly template: string;
  /** The absolute path of the file, if there is one. */
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly line: number | undefined;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number | undefined;
  /** The line in question, with a neighbour on each side and a caret under the column. */
  readonly excerpt: string | undefined;
  /** The message without place and excerpt. */
  readonly reason: string;

  constructor(code: TemplateErrorCode, reason: string, place: Partial<TemplatePlace> = {}, options?: ErrorOptions) {
    const { template = '<template>', file, line, column, excerpt } = place;
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

/** The place of a {@link TemplateError}. */
export interface TemplatePlace {
  template: string;
  file: string | undefined;
  line: number;
  column: number;
  excerpt: string;
}

/** Line and column of an offset in a template, with the line shown. */
export function placeOf(origin: TemplateOrigin, offset: number): TemplatePlace {
  const before = origin.source.slice(0, offset).split('\n');
  const line = before.length;
  const column = (before[line - 1] as string).length + 1;
  const lines = origin.source.split('\n');
  const width = String(Math.min(line + 1, lines.length)).length;
  const shown: string[] = [];
  for (let n = Math.max(1, line - 1); n <= Math.min(line + 1, lines.length); n++) {
    const text = (lines[n - 1] as string).replace(/\r$/, '');
    shown.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${text}`.trimEnd());
    // Tabs are kept in the caret's indentation, so that it lands under the column whatever their width.
    if (n === line) shown.push(`  ${' '.repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  return { template: originName(origin), file: origin.file, line, column, excerpt: shown.join('\n') };
}

/** A {@link TemplateError} at an offset of the template's source. */
export function errorAt(
  origin: TemplateOrigin,
  code: TemplateErrorCode,
  reason: string,
  offset: number,
  options?: ErrorOptions,
): TemplateError {
  return new TemplateError(code, reason, placeOf(origin, offset), options);
}
