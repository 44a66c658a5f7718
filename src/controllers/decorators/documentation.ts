import { classOrMethodDecorator, methodDecorator } from './decorator-factory.js';

/** Under which the decorators of this file note what they say, in the extras of a class or method. */
export const DOCS = {
  summary: 'openapi:summary',
  description: 'openapi:description',
  tags: 'openapi:tags',
  deprecated: 'openapi:deprecated',
  hidden: 'openapi:hidden',
} as const;

/**
 * What the method does, in one line of the OpenAPI document.
 *
 * @example
 * @Get('/<id:int>') @Summary('Shows a post')
 * show(id: number) {}
 */
export const Summary = methodDecorator('Summary', (marks, text: string) => {
  marks.extras.set(DOCS.summary, text);
});

/**
 * The same at length, in CommonMark. On a class it describes its tag.
 *
 * @example
 * @Controller('/posts') @Description('What the authors write.')
 * class Posts {}
 */
export const Description = classOrMethodDecorator('Description', (marks, text: string) => {
  marks.extras.set(DOCS.description, text);
});

/**
 * Under which headings the OpenAPI document has the method, or all methods of a class, in place of the controller's name. What a
 * method says replaces what its class says.
 *
 * @example
 * @Controller('/posts') @Tag('Blog')
 * class Posts {}
 */
export const Tag = classOrMethodDecorator('Tag', (marks, ...names: string[]) => {
  marks.extras.set(DOCS.tags, [...names, ...((marks.extras.get(DOCS.tags) as string[] | undefined) ?? [])]);
});

/**
 * Says in the OpenAPI document that the method, or all of a class, is not to be used any more.
 *
 * @example
 * @Get('/old') @Deprecated()
 * old() {}
 */
export const Deprecated = classOrMethodDecorator('Deprecated', (marks) => {
  marks.extras.set(DOCS.deprecated, true);
});

/**
 * Leaves the method, or all of a class, out of the OpenAPI document.
 *
 * @example
 * @Get('/health') @Hidden()
 * health() {}
 */
export const Hidden = classOrMethodDecorator('Hidden', (marks) => {
  marks.extras.set(DOCS.hidden, true);
});
