import {
  AnswerFilter,
  type AnswerHead,
  badOption,
  type Callback,
  checkedHeader,
  checkOptions,
  type Plugin,
  shown,
} from '../../kit/index.js';
import { type Csp, type CspDirectives, compileCsp } from './csp.js';

export type { CspDirectives, CspSource } from './csp.js';

/** The headers to set: a string as the value, `true` for the default, or `false` to omit the header. */
export interface SecureHeadersOptions {
  /** The sources that a page may load from. Each directive replaces its default. `NONCE` is a placeholder for the nonce of the request. */
  contentSecurityPolicy?: CspDirectives | string | boolean;
  /** The same policy, reported but not enforced. Default: omitted. */
  contentSecurityPolicyReportOnly?: CspDirectives | string | boolean;
  /** Makes browsers use https only. Default: `max-age=31536000; includeSubDomains`. Browsers ignore it over http. */
  strictTransportSecurity?: string | boolean;
  /** Default: `nosniff`. */
  xContentTypeOptions?: string | boolean;
  /** The sites that may show the page in a frame. Default: `SAMEORIGIN`. */
  xFrameOptions?: string | boolean;
  /** The `Referer` that browsers send to other sites. Default: `same-origin`, which sends none. */
  referrerPolicy?: string | boolean;
  /** Default: `same-origin`. */
  crossOriginOpenerPolicy?: string | boolean;
  /** The sites that may embed the responses. Default: `same-origin`. */
  crossOriginResourcePolicy?: string | boolean;
  /** Default: omitted. `true` means `require-corp`. */
  crossOriginEmbedderPolicy?: string | boolean;
  /** The origins that may use each browser feature: `{ camera: [], geolocation: ['self', 'https://example.com'] }`. Default: omitted. */
  permissionsPolicy?: Readonly<Record<string, readonly string[]>> | string | false;
  /** Default: `?1`. */
  originAgentCluster?: string | boolean;
  /** Default: `off`. */
  xDnsPrefetchControl?: string | boolean;
  /** Default: `noopen`. */
  xDownloadOptions?: string | boolean;
  /** Default: `none`. */
  xPermittedCrossDomainPolicies?: string | boolean;
  /** Default: `0`, because the filter that it controls made pages less safe. */
  xXssProtection?: string | boolean;
  /** Removes the `X-Powered-By` of mounted frameworks. Default: true. */
  removePoweredBy?: boolean;
}

type PlainOption = Exclude<
  keyof SecureHeadersOptions,
  'contentSecurityPolicy' | 'contentSecurityPolicyReportOnly' | 'permissionsPolicy' | 'removePoweredBy'
>;

/** The header name, the default value, and whether the header is sent by default. */
const PLAIN_HEADERS: Readonly<Record<PlainOption, readonly [string, string, boolean]>> = {
  strictTransportSecurity: ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains', true],
  xContentTypeOptions: ['X-Content-Type-Options', 'nosniff', true],
  xFrameOptions: ['X-Frame-Options', 'SAMEORIGIN', true],
  // With no-referrer, browsers send `Origin: null` with same-origin forms, so `csrf` could not distinguish them from foreign ones.
  referrerPolicy: ['Referrer-Policy', 'same-origin', true],
  crossOriginOpenerPolicy: ['Cross-Origin-Opener-Policy', 'same-origin', true],
  crossOriginResourcePolicy: ['Cross-Origin-Resource-Policy', 'same-origin', true],
  crossOriginEmbedderPolicy: ['Cross-Origin-Embedder-Policy', 'require-corp', false],
  originAgentCluster: ['Origin-Agent-Cluster', '?1', true],
  xDnsPrefetchControl: ['X-DNS-Prefetch-Control', 'off', true],
  xDownloadOptions: ['X-Download-Options', 'noopen', true],
  xPermittedCrossDomainPolicies: ['X-Permitted-Cross-Domain-Policies', 'none', true],
  xXssProtection: ['X-XSS-Protection', '0', true],
};

const OPTIONS = [
  ...(Object.keys(PLAIN_HEADERS) as PlainOption[]),
  'contentSecurityPolicy',
  'contentSecurityPolicyReportOnly',
  'permissionsPolicy',
  'removePoweredBy',
] as const;

/**
 * Sets the security headers of browsers on every response, including errors and mounted apps. A header that a handler sets itself is not
 * changed.
 *
 * If the content security policy contains `NONCE`, each request gets a new nonce. Templates of `@View` read it as `nonce`, parameters
 * get it by that name, and other code reads `request.state.nonce`.
 *
 * @param options the headers to change or omit.
 * @throws TypeError for invalid options, and for values that a header cannot contain.
 * @example
 * import { Bottle, template } from 'bottlenose';
 * import { NONCE, secureHeaders } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(secureHeaders({
 *   contentSecurityPolicy: { scriptSrc: ["'self'", NONCE], imgSrc: ["'self'", 'https://images.example.com'] },
 *   permissionsPolicy: { camera: [], geolocation: ['self'] },
 * }));
 * app.get('/', (_args, { request }) => template('<script nonce="{{nonce}}">start()</script>', { nonce: request.state.nonce }));
 * @see https://owasp.org/www-project-secure-headers/
 */
export function secureHeaders(options: SecureHeadersOptions = {}): Plugin {
  checkOptions('secureHeaders', options, OPTIONS);
  const policies = cspHeaders(options);
  const headers: SetHeaders = { fixed: fixedHeaders(options), policies, removesPoweredBy: options.removePoweredBy !== false };
  if (!policies.some(([, csp]) => csp.needsNonce)) {
    return {
      name: 'secureHeaders',
      around(next: Callback): Callback {
        if (headers.fixed.length === 0 && policies.length === 0 && !headers.removesPoweredBy) return next;
        return (context) => {
          context.filter(new SecureHeadersFilter(headers, ''));
          return next(context);
        };
      },
    };
  }
  return {
    name: 'secureHeaders',
    provides: { keyword: 'nonce' },
    around(next: Callback): Callback {
      return (context) => {
        const nonce = process.getBuiltinModule('node:crypto').randomBytes(16).toString('base64');
        context.request.state.nonce = nonce;
        context.variables.nonce = nonce;
        context.provide('nonce', nonce);
        context.filter(new SecureHeadersFilter(headers, nonce));
        return next(context);
      };
    },
  };
}

/** The headers of every response. */
interface SetHeaders {
  readonly fixed: readonly (readonly [name: string, value: string])[];
  readonly policies: readonly (readonly [name: string, csp: Csp])[];
  readonly removesPoweredBy: boolean;
}

class SecureHeadersFilter extends AnswerFilter {
  readonly #headers: SetHeaders;
  readonly #nonce: string;

  constructor(headers: SetHeaders, nonce: string) {
    super();
    this.#headers = headers;
    this.#nonce = nonce;
  }

  override head(head: AnswerHead): void {
    const { fixed, policies, removesPoweredBy } = this.#headers;
    if (removesPoweredBy) head.delete('X-Powered-By');
    for (const [name, value] of fixed) if (head.get(name) === undefined) head.append(name, value);
    for (const [name, csp] of policies) if (head.get(name) === undefined) head.append(name, csp.text(this.#nonce));
    super.head(head);
  }
}

function fixedHeaders(options: SecureHeadersOptions): [name: string, value: string][] {
  const headers: [name: string, value: string][] = [];
  const set = (name: string, value: string): void => {
    headers.push([name, checkedHeader(name, value)]);
  };
  for (const [option, [name, defaultValue, isDefault]] of Object.entries(PLAIN_HEADERS) as [
    PlainOption,
    readonly [string, string, boolean],
  ][]) {
    const value = options[option] ?? isDefault;
    if (value === false) continue;
    if (value !== true && (typeof value !== 'string' || value === '')) {
      throw badOption('secureHeaders', option, `is ${shown(value)}`, 'give a text, true or false');
    }
    set(name, value === true ? defaultValue : value);
  }
  const { permissionsPolicy } = options;
  if (permissionsPolicy !== undefined && permissionsPolicy !== false) {
    set('Permissions-Policy', typeof permissionsPolicy === 'string' ? permissionsPolicy : permissionsText(permissionsPolicy));
  }
  return headers;
}

function cspHeaders(options: SecureHeadersOptions): [string, Csp][] {
  const policies: [string, Csp][] = [];
  const add = (name: string, option: 'contentSecurityPolicy' | 'contentSecurityPolicyReportOnly', isDefault: boolean): void => {
    const value = options[option] ?? isDefault;
    if (value === false) return;
    const csp = compileCsp(option, value);
    // Throws here for a value that would throw on every response.
    checkedHeader(name, csp.text(''));
    policies.push([name, csp]);
  };
  add('Content-Security-Policy', 'contentSecurityPolicy', true);
  add('Content-Security-Policy-Report-Only', 'contentSecurityPolicyReportOnly', false);
  return policies;
}

/** Serializes a policy as the structured header of https://www.w3.org/TR/permissions-policy/: bare keywords, quoted origins. */
function permissionsText(policy: Readonly<Record<string, readonly string[]>>): string {
  const parts = Object.entries(policy).map(([feature, allowed]) => {
    if (!/^[a-z]+(?:-[a-z]+)*$|^[a-z]+(?:[A-Z][a-z]+)*$/.test(feature) || !Array.isArray(allowed)) {
      throw badOption('secureHeaders', 'permissionsPolicy', `has ${shown(feature)} in it`, "write { camera: [], usb: ['self'] }");
    }
    const name = feature.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (allowed.includes('*')) return `${name}=*`;
    const words = (allowed as readonly unknown[]).map((origin) => {
      if (origin === 'self' || origin === 'src') return origin;
      if (typeof origin === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^\s"\\;,()]+$/.test(origin)) return `"${origin}"`;
      throw badOption('secureHeaders', 'permissionsPolicy', `has ${shown(origin)} for ${feature}`, "use 'self' or an origin");
    });
    return `${name}=(${words.join(' ')})`;
  });
  return parts.join(', ');
}
