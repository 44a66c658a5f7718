/** The base class of the errors of rules, URLs and paths, with a stable `code`. */
class RouteError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A rule with invalid syntax. Thrown when the rule is added. Code `BN_ROUTE_SYNTAX`. */
export class RouteSyntaxError extends RouteError {
  /** The rule as it was written. */
  readonly rule: string;

  constructor(rule: string, problem: string, options?: ErrorOptions) {
    super('BN_ROUTE_SYNTAX', `Rule ${JSON.stringify(rule)}: ${problem}`, options);
    this.rule = rule;
  }
}

/** A URL that cannot be built: the route is unknown, or a value is missing or unsuitable. Code `BN_ROUTE_BUILD`. */
export class RouteBuildError extends RouteError {
  constructor(message: string, options?: ErrorOptions) {
    super('BN_ROUTE_BUILD', message, options);
  }
}

/** A request path whose percent-encoded bytes are not UTF-8. Code `BN_BAD_PATH`; the app answers 400. */
export class BadPathError extends RouteError {
  /** The path as received. */
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super('BN_BAD_PATH', `The path ${excerpt(path)} is not percent-encoded UTF-8.`, options);
    this.path = path;
  }
}

/**
 * A wildcard's text that its filter's `parse` rejected. The `cause` is the error of `parse`. Code `BN_FILTER_VALUE`; the app
 * answers 400.
 */
export class FilterValueError extends RouteError {
  readonly rule: string;
  /** The wildcard for messages: its name, or its position. */
  readonly wildcard: string;
  readonly text: string;

  constructor(rule: string, wildcard: string, filter: string, text: string, cause: unknown) {
    const reason = cause instanceof Error && cause.message ? `: ${cause.message}` : '.';
    super('BN_FILTER_VALUE', `The value ${excerpt(text)} of ${wildcard} is not acceptable to the filter ${filter}${reason}`, {
      cause,
    });
    this.rule = rule;
    this.wildcard = wildcard;
    this.text = text;
  }
}

/** Shortens text from clients in messages and logs. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
