import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

interface Schema {
  properties: Record<string, object>;
}

interface Specification {
  paths: Record<string, Record<string, { responses: Record<string, object> }>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, { content: { 'application/json'?: object } }> };
}

/** For the tests: what an answer has that the public specification of Conduit does not have, or the other way round. */
export function againstSpecification(): (verb: string, path: string, status: number, body: unknown) => string[] {
  const specification: Specification = parse(readFileSync(new URL('openapi.yml', import.meta.url), 'utf8'));
  amend(specification);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addSchema(specification, 'conduit');
  const { paths, components } = specification;

  return (verb, path, status, body) => {
    const operation = operationAt(paths, verb, path.replace(/\?.*/, ''));
    if (operation === undefined) return [`no ${verb} ${path}`];
    // The specification has no answers yet for what does not exist or belongs to others.
    const missing = status === 403 || status === 404 ? { $ref: '#/components/responses/GenericError' } : undefined;
    const response = (operation.responses[status] ?? missing) as { $ref: string } | undefined;
    if (response === undefined) return [`no ${status} for ${verb} ${path}`];
    const name = response.$ref.replace('#/components/responses/', '');
    const isEmpty = components.responses[name]?.content['application/json'] === undefined;
    if (isEmpty) return status === 204 && body !== undefined ? ['a body'] : [];
    const reference = `conduit#/components/responses/${name}/content/application~1json/schema`;
    return ajv.validate({ $ref: reference }, body) ? [] : [ajv.errorsText()];
  };
}

/** What the specification says in its next version, and its collections of tests expect already. */
function amend({ components: { schemas } }: Specification): void {
  const orNull = { type: ['string', 'null'] };
  for (const name of ['User', 'Profile']) Object.assign(schemas[name]?.properties as object, { bio: orNull, image: orNull });
  const byField = { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } };
  Object.assign(schemas.GenericErrorModel as object, { properties: { errors: byField } });
}

function operationAt(paths: Specification['paths'], verb: string, path: string) {
  const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  // The feed is not an article.
  const template = path in paths ? path : Object.keys(paths).find(matches);
  return paths[template ?? '']?.[verb.toLowerCase()];
}
