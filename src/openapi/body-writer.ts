import type { JSONSchema, OpenAPIMediaType } from './document-types.js';
import type { InputDescription } from '../kit/index.js';
import { isStandardSchema } from '../validation/standard-schema.js';
import type { DescribedProperty } from './class-schema.js';
import { FILE } from './keywords.js';
import type { Values } from './parameter-values.js';

export interface RequestBody {
  required?: boolean;
  content: Record<string, OpenAPIMediaType>;
}

/** The parts of an object schema: whole objects and single members. */
class ObjectParts {
  readonly wholes: JSONSchema[] = [];
  readonly members: DescribedProperty[] = [];
  hasFiles = false;

  get isEmpty(): boolean {
    return this.wholes.length === 0 && this.members.length === 0;
  }

  schema(): JSONSchema {
    const required = this.members.filter(({ isRequired }) => isRequired).map(({ sent }) => sent);
    const own: JSONSchema = {
      type: 'object',
      properties: Object.fromEntries(this.members.map(({ sent, schema }) => [sent, schema])),
      ...(required.length > 0 && { required }),
    };
    const schemas = this.members.length === 0 ? this.wholes : [...this.wholes, own];
    return schemas.length === 1 ? (schemas[0] as JSONSchema) : { allOf: schemas };
  }
}

/** Builds the request body from the parameters that bind its parts. */
export class BodyWriter {
  readonly #values: Values;
  readonly #json = new ObjectParts();
  readonly #form = new ObjectParts();
  readonly #raw: Record<string, OpenAPIMediaType> = {};
  #isRequired = false;

  constructor(values: Values) {
    this.#values = values;
  }

  add(input: InputDescription): void {
    if (input.kind === 'upload') this.#addUpload(input);
    else if (input.kind === 'form') this.#addForm(input);
    else this.#addBody(input);
    if (input.isRequired) this.#isRequired = true;
  }

  finish(): RequestBody | undefined {
    const content: Record<string, OpenAPIMediaType> = {};
    const json = this.#json.isEmpty ? undefined : { schema: this.#json.schema() };
    // JSON cannot contain files, so a body with files is a form.
    if (json !== undefined) content[this.#json.hasFiles ? 'multipart/form-data' : 'application/json'] = json;
    if (!this.#form.isEmpty) {
      const form = { schema: this.#form.schema() };
      if (!this.#form.hasFiles) content['application/x-www-form-urlencoded'] = form;
      content['multipart/form-data'] = form;
    }
    Object.assign(content, this.#raw);
    if (Object.keys(content).length === 0) return undefined;
    return { ...(this.#isRequired && { required: true }), content };
  }

  #addUpload({ name, isList, isRequired }: InputDescription): void {
    this.#form.hasFiles = true;
    if (name === undefined) {
      this.#form.wholes.push({ type: 'object', additionalProperties: FILE });
      return;
    }
    const schema = isList ? { type: 'array', items: FILE } : FILE;
    this.#form.members.push({ sent: name, schema, isRequired });
  }

  #addForm(input: InputDescription): void {
    if (input.name === undefined) this.#addWhole(this.#form, input);
    else this.#form.members.push({ sent: input.name, ...this.#values.of(input, true) });
  }

  #addBody(input: InputDescription): void {
    const { name, type, isList, isDictionary } = input;
    if (name !== undefined) this.#json.members.push({ sent: name, ...this.#values.of(input, false) });
    else if (type === String && !isList) this.#raw['text/plain'] = { schema: { type: 'string' } };
    else if ((type === Buffer || type === Uint8Array) && !isList) this.#raw['application/octet-stream'] = {};
    else if (isDictionary) this.#form.wholes.push({ type: 'object' });
    else this.#addWhole(this.#json, input);
  }

  #addWhole(parts: ObjectParts, input: InputDescription): void {
    const { type, isList, isDictionary, hasDefault } = input;
    if (parts === this.#form && !isList && (type === undefined || isDictionary)) {
      parts.wholes.push({ type: 'object' });
      return;
    }
    parts.wholes.push(this.#values.of(input, false).schema);
    const members = this.#values.members(input) ?? [];
    if (members.some(({ schema }) => isFile(schema))) parts.hasFiles = true;
    // A missing body is invalid for a class with required members. For a Standard Schema that is unknown, so the body is required.
    const isSchema = type !== undefined && isStandardSchema(type);
    if (!hasDefault && (isSchema || members.some(({ isRequired }) => isRequired))) this.#isRequired = true;
  }
}

function isFile(schema: JSONSchema): boolean {
  return schema.contentMediaType === FILE.contentMediaType || (schema.items !== undefined && isFile(schema.items));
}
