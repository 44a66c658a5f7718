import type { HookName } from './controller-decorators.js';
import type { MethodMarks } from './class-record.js';
import type { RouteOptions } from './route-options.js';
import type { Report } from './parameter-list.js';

// The syntax of verbs and header names (RFC 9110 section 5.6.2).
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HOOKS: readonly HookName[] = ['beforeRequest', 'afterRequest'];

/** Whether a verb is a valid HTTP method. */
export function isVerb(verb: unknown): boolean {
  return typeof verb === 'string' && TOKEN.test(verb);
}

/** Checks the options of a controller. */
export function checkClass(options: RouteOptions, report: Report): void {
  if (options.method !== undefined) checkVerbs('@Controller', [options.method].flat(), report);
}

/**
 * Checks the decorators of a method, and returns the valid errors and hooks. It reports problems instead of throwing, so that importing a
 * controller never fails and the wiring check lists all problems together.
 */
export function checkMethod(marks: MethodMarks, report: Report): { errors: (number | Function)[]; hooks: HookName[] } {
  for (const { methods, rules } of marks.routes ?? []) {
    if (methods !== undefined) checkVerbs('the route', methods, report);
    for (const rule of rules) {
      if (typeof rule !== 'string') report('bad-rule', `a rule is a string such as '/posts/<id:int>', not ${shown(rule)}`);
    }
  }
  if (marks.status !== undefined && !isWithin(marks.status, 100, 999)) {
    report('bad-status', `@Status takes a number from 100 to 999, not ${shown(marks.status)}`);
  }
  for (const [name, value] of marks.headers ?? []) {
    if (!TOKEN.test(name)) report('bad-header', `@SetHeader: ${shown(name)} cannot be the name of a header`);
    if (/[\r\n\0]/.test(value)) report('bad-header', `@SetHeader: the value of ${name} has a line break or NUL in it; remove it`);
  }
  return { errors: checkedErrors(marks.errors ?? [], report), hooks: checkedHooks(marks.hooks ?? [], report) };
}

function checkVerbs(where: string, verbs: readonly string[], report: Report): void {
  if (verbs.length === 0) report('bad-verb', `${where} has an empty list of verbs; name one, or leave \`method\` out for GET`);
  for (const verb of verbs) {
    if (isVerb(verb)) continue;
    report(
      'bad-verb',
      `${where} has the verb ${shown(verb)}, which HTTP cannot carry; write one such as 'PUT', or a list of them`,
    );
  }
}

function checkedErrors(errors: readonly unknown[], report: Report): (number | Function)[] {
  return errors.filter((error): error is number | Function => {
    if (typeof error === 'function' || isWithin(error, 400, 599)) return true;
    report('bad-error', `@Error takes a status from 400 to 599 or an error class, not ${shown(error)}`);
    return false;
  });
}

function checkedHooks(hooks: readonly string[], report: Report): HookName[] {
  return hooks.filter((hook): hook is HookName => {
    if ((HOOKS as readonly string[]).includes(hook)) return true;
    report('unknown-hook', `there is no hook ${shown(hook)} for controllers; there are 'beforeRequest' and 'afterRequest'`);
    return false;
  });
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
