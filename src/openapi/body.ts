import type { JSONSchema, OpenAPIMediaType } from '../app/openapi.js';
import type { ParameterSource } from '../controllers/options.js';
import type { Parameter } from '../controllers/parameter-list.js';
import { targetOf } from '../controllers/target.js';
import { isFormsDict } from '../controllers/texts-source.js';
import { isStandardSchema } from '../validation/schema.js';
import type { DescribedProperty } from './classes.js';
import { FILE } from './keywords.js';
import type { Values } from './values.js';

export interface RequestBody {
  required?: boolean;
  content: Record<string, OpenAPIMediaType>;
}

/** Parts of an object: whole ones, and single members. */
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

/** Puts together the body that the parameters of a method take apart. */
export class BodyWriter {
  readonly #values: Values;
  readonly #json = new ObjectParts();
  readonly #form = new ObjectParts();
  readonly #raw: Record<string, OpenAPIMediaType> = {};
  #isRequired = false;

  constructor(values: Values) {
    this.#values = values;
  }

  add(parameter: Parameter, source: ParameterSource): void {
    if (source.kind === 'upload') this.#addUpload(parameter, source);
    else if (source.kind === 'form') this.#addForm(parameter, source);
    else this.#addBody(parameter, source);
    if (source.options.required === true) this.#isRequired = true;
  }

  finish(): RequestBody | undefined {
    const content: Record<string, OpenAPIMediaType> = {};
    const json = this.#json.isEmpty ? undefined : { schema: this.#json.schema() };
    // JSON cannot hold files; a form can hold what the body is to become.
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

  #addUpload(parameter: Parameter, source: ParameterSource): void {
    const target = targetOf(parameter, source);
    const name = source.name ?? (isFormsDict(target) ? undefined : parameter.name);
    this.#form.hasFiles = true;
    if (name === undefined) {
      this.#form.wholes.push({ type: 'object', additionalProperties: FILE });
      return;
    }
    const schema = target.isList ? { type: 'array', items: FILE } : FILE;
    this.#form.members.push({ sent: name, schema, isRequired: source.options.required === true });
  }

  #addForm(parameter: Parameter, source: ParameterSource): void {
    const target = targetOf(parameter, source);
    const name = source.name ?? (target.isList || target.converter !== undefined ? parameter.name : undefined);
    if (name === undefined) this.#addWhole(this.#form, parameter, source);
    else this.#form.members.push({ sent: name, ...this.#values.of(parameter, source, true) });
  }

  #addBody(parameter: Parameter, source: ParameterSource): void {
    const { type, isList } = targetOf(parameter, source);
    if (source.name !== undefined) {
      this.#json.members.push({ sent: source.name, ...this.#values.of(parameter, source, false) });
    } else if (type === String && !isList) this.#raw['text/plain'] = { schema: { type: 'string' } };
    else if ((type === Buffer || type === Uint8Array) && !isList) this.#raw['application/octet-stream'] = {};
    else if (isFormsDict(targetOf(parameter, source))) this.#form.wholes.push({ type: 'object' });
    else this.#addWhole(this.#json, parameter, source);
  }

  #addWhole(parts: ObjectParts, parameter: Parameter, source: ParameterSource): void {
    const target = targetOf(parameter, source);
    if (target.type === undefined && !target.isList && parts === this.#form) {
      parts.wholes.push({ type: 'object' });
      return;
    }
    parts.wholes.push(this.#values.of(parameter, source, false).schema);
    const members = this.#values.members(parameter, source) ?? [];
    if (members.some(({ schema }) => isFile(schema))) parts.hasFiles = true;
    // Without a body, a class is told what it lacks; a schema is asked what it makes of nothing.
    const isSchema = target.type !== undefined && isStandardSchema(target.type);
    if (!parameter.hasDefault && (isSchema || members.some(({ isRequired }) => isRequired))) this.#isRequired = true;
  }
}

function isFile(schema: JSONSchema): boolean {
  return schema.contentMediaType === FILE.contentMediaType || (schema.items !== undefined && isFile(schema.items));
}
