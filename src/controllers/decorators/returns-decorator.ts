import { methodDecorator } from './decorator-factory.js';

/** The data that `@Returns` records. */
export interface ReturnsMark {
  readonly type: Function;
  readonly isList: boolean;
}

/** The key of this data in the extras of a method. */
export const RETURNS = 'returns';

/**
 * Declares the class of the result of a method. The JSON contains only properties that the class declares, also in nested classes, so
 * that data such as a password hash is not sent by accident. A serializer compiled for the class creates the JSON. Strings, streams, empty
 * results and errors are not changed.
 *
 * A class declares its fields, properties with validators, and properties that `class-transformer` exposes. `@Exclude`, `@Expose` and
 * `@Transform` are respected. Nested objects are filtered too if their class is known: from the declared type of a decorated property, from
 * `@Type`, or from a default value.
 *
 * @param type - the class, or `[Class]` for a list (a list is accepted with either form)
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
