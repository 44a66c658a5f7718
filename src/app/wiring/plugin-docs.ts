/** A Security Scheme Object of OpenAPI 3.1: `{ type: 'http', scheme: 'bearer' }`. */
export interface SecurityScheme {
  type: 'apiKey' | 'http' | 'mutualTLS' | 'oauth2' | 'openIdConnect';
  description?: string;
  [key: string]: unknown;
}

/** Credentials that clients must send. `name` is the name of the scheme in the document. */
export interface SecurityDocs {
  name: string;
  scheme: SecurityScheme;
  scopes?: readonly string[];
}

/** The OpenAPI documentation of a plugin, for all routes where it is in effect. */
export interface PluginDocs {
  /** The credentials that clients must send. Of a list, one alternative is enough. */
  security?: SecurityDocs | readonly SecurityDocs[];
  /** Responses of the plugin itself: descriptions by status. */
  responses?: Readonly<Record<number, string>>;
}
