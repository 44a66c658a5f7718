import type { SecurityScheme } from '../kit/index.js';

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 has it. */
export interface JSONSchema {
  $ref?: string;
  type?: string | readonly string[];
  properties?: Record<string, JSONSchema>;
  required?: readonly string[];
  items?: JSONSchema;
  [keyword: string]: unknown;
}

export interface OpenAPIServer {
  url: string;
  description?: string;
  variables?: Record<string, { default: string; enum?: readonly string[]; description?: string }>;
}

/** A tag, by which documentation groups operations. */
export interface OpenAPITag {
  name: string;
  description?: string;
  externalDocs?: { url: string; description?: string };
}

/** What a document says of the whole API. */
export interface OpenAPIOptions {
  /** The name of the API. Default: `API`. */
  title?: string;
  /** The version of the API, not of OpenAPI. Default: `0.0.0`. */
  version?: string;
  /** One line. */
  summary?: string;
  /** As long as it needs, in CommonMark. */
  description?: string;
  termsOfService?: string;
  contact?: { name?: string; url?: string; email?: string };
  license?: { name: string; identifier?: string; url?: string };
  /** Where the API is found. Default: where the document comes from. */
  servers?: readonly OpenAPIServer[];
  /** Descriptions of tags, and their order. Tags that are not in this list follow. */
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

/** What an operation answers with one status. */
export interface OpenAPIResponse {
  description: string;
  headers?: Record<string, { description?: string; schema: JSONSchema }>;
  content?: Record<string, OpenAPIMediaType>;
  [key: string]: unknown;
}

/** What one verb of a path does. */
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
 * What a route says of itself in the document, in its `config: { openapi: { … } }`; `false` leaves it out. It wins over what is
 * found out, and the members of an Operation Object that are not named here are taken as they are.
 */
export interface RouteDocs {
  summary?: string;
  description?: string;
  tags?: readonly string[];
  operationId?: string;
  deprecated?: boolean;
  /** By status; laid over those that are found out, member by member. */
  responses?: Record<string, Partial<OpenAPIResponse>>;
  [member: string]: unknown;
}
