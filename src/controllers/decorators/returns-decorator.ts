import { methodDecorator } from './decorator-factory.js';

/** What `@Returns` notes of a method. */
export interface ReturnsMark {
  readonly type: Function;
  readonly isList: boolean;
}

/** Under which it is noted in the extras of a method. */
export const RETURNS = 'returns';

/**
 * Says of which class a method's result is. What that class does not declare is dropped from the JSON, so that no password hash
 * leaves by accident, in nested classes too; it is made by a serializer that is compiled for the class. Strings, streams, empty
 * results and errors pass as they are.
 *
 * A class declares its fields, what carries validators, and what `class-transformer` exposes; `@Exclude`, `@Expose` and
 * `@Transform` are honoured. Nested objects are cut to their classes where these are known: by declared type on a decorated
 * property, by `@Type`, or by a default value.
 *
 * @param type - the class, or `[Class]` for a list of them (a list of them is taken for either)
 *
 * @example
 * class PublicUser {
 *   id!: number;
 *   name!: string;
 * }
 *
 * @Controller('/users')
 * class Users {
 *   @Get('/<id:int>') @Returns(PublicUser)
 *   show(id: number, db: Database) { return db.prepare('SELECT * FROM users WHERE id = ?').get(id); }
 * }
 */
export const Returns = methodDecorator('Returns', (marks, type: Function | readonly [Function]) => {
  const isList = Array.isArray(type);
  const mark: ReturnsMark = { type: (isList ? type[0] : type) as Function, isList };
  marks.extras.set(RETURNS, mark);
});
