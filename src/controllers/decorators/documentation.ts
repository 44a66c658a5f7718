import { classOrMethodDecorator, methodDecorator } from './decorator-factory.js';

/** The keys under which the decorators of this file store their data, in the extras of a class or method. */
export const DOCS = {
  summary: 'openapi:summary',
  description: 'openapi:description',
  tags: 'openapi:tags',
  deprecated: 'openapi:deprecated',
  hidden: 'openapi:hidden',
} as const;

/**
 * Sets the summary of a method in the OpenAPI document.
 *
 * @param text - one line
 *
 * @example
 * @Get('/<id:int>') @Summary('Shows a post')
 * show(id: number) {}
 */
export const Summary = methodDecorator('Summary', (marks, text: string) => {
  marks.extras.set(DOCS.summary, text);
});

/**
 * Sets the description of a method in the OpenAPI document. On a class, it describes the tag of the class.
 *
 * @param text - CommonMark
 *
 * @example
 * @Controller('/posts') @Description('What the authors write.')
 * class Posts {}
 */
export const Description = classOrMethodDecorator('Description', (marks, text: string) => {
  marks.extras.set(DOCS.description, text);
});

/**
 * Sets the tags of a method, or of all methods of a class, in the OpenAPI document. Default: the name of the controller. The tags of a
 * method replace those of its class.
 *
 * @param names - the names of the tags
 *
 * @example
 * @Controller('/posts') @Tag('Blog')
 * class Posts {}
 */
export const Tag = classOrMethodDecorator('Tag', (marks, ...names: string[]) => {
  marks.extras.set(DOCS.tags, [...names, ...((marks.extras.get(DOCS.tags) as string[] | undefined) ?? [])]);
});

/**
 * Marks a method, or all methods of a class, as deprecated in the OpenAPI document.
 *
 * @example
 * @Get('/old') @Deprecated()
 * old() {}
 */
export const Deprecated = classOrMethodDecorator('Deprecated', (marks) => {
  marks.extras.set(DOCS.deprecated, true);
});

/**
 * Excludes a method, or all methods of a class, from the OpenAPI document.
 *
 * @example
 * @Get('/health') @Hidden()
 * health() {}
 */
export const Hidden = classOrMethodDecorator('Hidden', (marks) => {
  marks.extras.set(DOCS.hidden, true);
});
