export type {
  JSONSchema,
  OpenAPIDocument,
  OpenAPIOperation,
  OpenAPIOptions,
  OpenAPIParameter,
  OpenAPIResponse,
  OpenAPITag,
  RouteDocs,
} from './document-types.js';
export type { PluginDocs, SecurityScheme } from '../kit/index.js';
export { Deprecated, Description, Hidden, Summary, Tag } from '../kit/index.js';
export { openapi } from './document.js';
export { OpenAPIPlugin, type OpenAPIPluginOptions } from './openapi-plugin.js';
