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
export { Deprecated, Description, Hidden, Summary, Tag } from '../controllers/documentation.js';
export { openapi } from './document.js';
export { OpenAPIPlugin, type OpenAPIPluginOptions } from './plugin.js';
