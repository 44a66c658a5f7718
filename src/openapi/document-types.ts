import type { SecurityScheme } from '../kit/index.js';

/** A JSON Schema of draft 2020-12, which OpenAPI 3.1 uses. */
export interface JSONSchema {
  $ref?: string;
  type?: string | readonly string[];
  properties?: Record<string, JSONSchema>;
  required?: readonly string[];
  items?: JSONSchema;
  [keyword: string]: unknown;
}

interface OpenAPIServer {
  url: string;
  description?: string;
  variables?: Record<string, { default: string; enum?: readonly string[]; description?: string }>;
}

/** A tag, which groups operations in documentation. */
export interface OpenAPITag {
  name: string;
  description?: string;
  externalDocs?: { url: string; description?: string };
}

/** The facts about the whole API. */
export interface OpenAPIOptions {
  /** The name of the API. Default: `API`. */
  title?: string;
  /** The version of the API, not of OpenAPI. Default: `0.0.0`. */
  version?: string;
  /** A summary in one line. */
  summary?: string;
  /** A description of any length, in CommonMark. */
  description?: string;
  termsOfService?: string;
  contact?: { name?: string; url?: string; email?: string };
  license?: { name: string; identifier?: string; url?: string };
  /** The URLs of the API. Default: the URL that the document comes from. */
  servers?: readonly OpenAPIServer[];
  /** The tags, in order, with descriptions. Tags that are not in this list follow. */
  tags?: readonly OpenAPITag[];
  externalDocs?: { url: string; description?: string };
}

/** A parameter of an operation: of its path, query, headers or cookies. */
export interface OpenAPIParameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  description?: string;
  required?: boolean;
  deprecated?: boolean;
  schema: JSONSchema;
  style?: string;
  explode?: boolean;
}

export interface OpenAPIMediaType {
  schema?: JSONSchema;
  [key: string]: unknown;
}

/** The response of an operation with one status. */
export interface OpenAPIResponse {
  description: string;
  headers?: Record<string, { description?: string; schema: JSONSchema }>;
  content?: Record<string, OpenAPIMediaType>;
  [key: string]: unknown;
}

/** The operation of one verb at one path. */
export interface OpenAPIOperation {
  operationId?: string;
  tags?: readonly string[];
  summary?: string;
  description?: string;
  deprecated?: boolean;
  parameters?: readonly OpenAPIParameter[];
  requestBody?: { description?: string; required?: boolean; content: Record<string, OpenAPIMediaType> };
  responses?: Record<string, OpenAPIResponse>;
  security?: readonly Record<string, readonly string[]>[];
  [key: string]: unknown;
}

/** The operations of one path, by verb in lower case. */
export type OpenAPIPath = Record<string, OpenAPIOperation>;

/** An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0). */
export interface OpenAPIDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; [key: string]: unknown };
  servers?: readonly OpenAPIServer[];
  paths: Record<string, OpenAPIPath>;
  components?: { schemas?: Record<string, JSONSchema>; securitySchemes?: Record<string, SecurityScheme> };
  tags?: readonly OpenAPITag[];
  externalDocs?: { url: string; description?: string };
}

/**
 * The documentation of a route, in its `config: { openapi: { … } }`. `false` excludes the route. These values override derived ones. Other
 * members of an Operation Object are copied unchanged.
 */
export interface RouteDocs {
  summary?: string;
  description?: string;
  tags?: readonly string[];
  operationId?: string;
  deprecated?: boolean;
  /** The responses by status. Their members override those of the derived responses. */
  responses?: Record<string, Partial<OpenAPIResponse>>;
  [member: string]: unknown;
}
