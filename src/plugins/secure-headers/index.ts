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

/** Each header: a text of your own, `true` for the default, or `false` to leave it out. */
export interface SecureHeadersOptions {
  /** Where the page may load from. Directives replace those of the default one by one; `NONCE` stands for the nonce. */
  contentSecurityPolicy?: CspDirectives | string | boolean;
  /** The same, only reported and not enforced. Default: left out. */
  contentSecurityPolicyReportOnly?: CspDirectives | string | boolean;
  /** Only https from now on. Default: `max-age=31536000; includeSubDomains`. Browsers ignore it over http. */
  strictTransportSecurity?: string | boolean;
  /** Default: `nosniff`. */
  xContentTypeOptions?: string | boolean;
  /** Who may show the page in a frame. Default: `SAMEORIGIN`. */
  xFrameOptions?: string | boolean;
  /** What other sites learn of the page that led to them. Default: `same-origin`, which is nothing. */
  referrerPolicy?: string | boolean;
  /** Default: `same-origin`. */
  crossOriginOpenerPolicy?: string | boolean;
  /** Who may embed the answers. Default: `same-origin`. */
  crossOriginResourcePolicy?: string | boolean;
  /** Default: left out; `true` is `require-corp`. */
  crossOriginEmbedderPolicy?: string | boolean;
  /** Features of the browser and who may use them: `{ camera: [], geolocation: ['self', 'https://example.com'] }`. Default: left out. */
  permissionsPolicy?: Readonly<Record<string, readonly string[]>> | string | false;
  /** Default: `?1`. */
  originAgentCluster?: string | boolean;
  /** Default: `off`. */
  xDnsPrefetchControl?: string | boolean;
  /** Default: `noopen`. */
  xDownloadOptions?: string | boolean;
  /** Default: `none`. */
  xPermittedCrossDomainPolicies?: string | boolean;
  /** Default: `0`, as the filter that it controls made pages less safe. */
  xXssProtection?: string | boolean;
  /** Takes the `X-Powered-By` of mounted frameworks away. Default: true. */
  removePoweredBy?: boolean;
}

type Simple = Exclude<
  keyof SecureHeadersOptions,
  'contentSecurityPolicy' | 'contentSecurityPolicyReportOnly' | 'permissionsPolicy' | 'removePoweredBy'
>;

/** Name, value, and whether it is sent unless told otherwise. */
const SIMPLE: Readonly<Record<Simple, readonly [string, string, boolean]>> = {
  strictTransportSecurity: ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains', true],
  xContentTypeOptions: ['X-Content-Type-Options', 'nosniff', true],
  xFrameOptions: ['X-Frame-Options', 'SAMEORIGIN', true],
  // Under no-referrer, browsers send `Origin: null` with our own forms, which could not be told from a stranger's.
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

const KNOWN = [
  ...(Object.keys(SIMPLE) as Simple[]),
  'contentSecurityPolicy',
  'contentSecurityPolicyReportOnly',
  'permissionsPolicy',
  'removePoweredBy',
] as const;

/**
 * Sets the headers by which browsers protect a site, on everything that is answered, errors and mounted apps included. A header
 * that a handler sets itself stays.
 *
 * Where the content security policy has a `NONCE`, each request has one of its own: templates of `@View` see it as `nonce`,
 * parameters get it by that name, and everything else finds it as `request.state.nonce`.
 *
 * @throws TypeError for options that make no sense, or that no header can carry.
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
  checkOptions('secureHeaders', options, KNOWN);
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

/** What is set on every answer. */
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
  for (const [option, [name, usual, isUsual]] of Object.entries(SIMPLE) as [Simple, readonly [string, string, boolean]][]) {
    const given = options[option] ?? isUsual;
    if (given === false) continue;
    if (given !== true && (typeof given !== 'string' || given === '')) {
      throw badOption('secureHeaders', option, `is ${shown(given)}`, 'give a text, true or false');
    }
    set(name, given === true ? usual : given);
  }
  const { permissionsPolicy } = options;
  if (permissionsPolicy !== undefined && permissionsPolicy !== false) {
    set('Permissions-Policy', typeof permissionsPolicy === 'string' ? permissionsPolicy : permissionsText(permissionsPolicy));
  }
  return headers;
}

function cspHeaders(options: SecureHeadersOptions): [string, Csp][] {
  const policies: [string, Csp][] = [];
  const add = (name: string, option: 'contentSecurityPolicy' | 'contentSecurityPolicyReportOnly', isUsual: boolean): void => {
    const given = options[option] ?? isUsual;
    if (given === false) return;
    const csp = compileCsp(option, given);
    // Throws now for what would throw on every response.
    checkedHeader(name, csp.text(''));
    policies.push([name, csp]);
  };
  add('Content-Security-Policy', 'contentSecurityPolicy', true);
  add('Content-Security-Policy-Report-Only', 'contentSecurityPolicyReportOnly', false);
  return policies;
}

/** The structured header of https://www.w3.org/TR/permissions-policy/: keywords bare, origins quoted. */
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
