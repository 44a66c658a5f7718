import { registerDocumentWriter } from '../app/openapi.js';
import { openapiDocument } from './document.js';

registerDocumentWriter(openapiDocument);

export type {
  JSONSchema,
  OpenAPIDocument,
  OpenAPIOperation,
  OpenAPIOptions,
  OpenAPIParameter,
  OpenAPIResponse,
  OpenAPITag,
  PluginDocs,
  RouteDocs,
  SecurityScheme,
} from '../app/openapi.js';
export { OpenAPIPlugin, type OpenAPIPluginOptions } from './plugin.js';
