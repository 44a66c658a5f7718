/** A Security Scheme Object of OpenAPI 3.1: `{ type: 'http', scheme: 'bearer' }`. */
export interface SecurityScheme {
  type: 'apiKey' | 'http' | 'mutualTLS' | 'oauth2' | 'openIdConnect';
  description?: string;
  [key: string]: unknown;
}

/** What a plugin says of itself in documents, about the places where it is in effect. */
export interface PluginDocs {
  /** What clients have to send, under the name that the scheme has in the document. */
  security?: { name: string; scheme: SecurityScheme; scopes?: readonly string[] };
  /** What it may answer in place of the route: descriptions by status. */
  responses?: Readonly<Record<number, string>>;
}
