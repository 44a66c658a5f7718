import type { Callback } from '../../http/context.js';
import { HTTPError, HTTPResponse } from '../../http/http-error.js';
import { isClassNamed } from '../../support/brand.js';

/** The handler for an error, and the error in the form that this handler expects. */
export interface FoundHandler {
  readonly callback: Callback;
  readonly error: unknown;
}

export const HANDLER_NOT_FUNCTION = "An error handler is a function: app.error(404, (error) => 'Nothing here.').";

/** The error handlers of one scope (an app or a controller), by status and by class. */
export class ErrorHandlers {
  readonly #byStatus = new Map<number, Callback>();
  readonly #byClass = new Map<Function, Callback>();

  get isEmpty(): boolean {
    return this.#byStatus.size === 0 && this.#byClass.size === 0;
  }

  set(what: number | Function, callback: Callback): void {
    if (typeof what === 'number') this.#byStatus.set(what, callback);
    else this.#byClass.set(ownClass(what), callback);
  }

  /** @throws TypeError for a target that is neither a status nor a class */
  setAll(targets: readonly (number | Function)[], callback: Callback): void {
    for (const what of targets) {
      if (typeof what === 'function' || (Number.isInteger(what) && what >= 100 && what <= 999)) continue;
      throw new TypeError(`Error handlers are for a status or an error class, not for ${String(what)}.`);
    }
    for (const what of targets) this.set(what, callback);
  }

  /**
   * Finds the handler for an error: first by its class, then by its status, then by a base class. An error that is not an
   * `HTTPError` has status 500.
   *
   * @param http The error itself if it is an `HTTPError`, else the 500 that replaces it.
   */
  find(error: unknown, http: HTTPError): FoundHandler | undefined {
    for (let type = classOf(error); isClass(type); type = Object.getPrototypeOf(type)) {
      type = ownClass(type);
      // A status is more specific than the common base classes.
      if (type === HTTPError || type === globalThis.Error) {
        const byStatus = this.#byStatus.get(http.status);
        if (byStatus !== undefined) return { callback: byStatus, error: http };
      }
      const byClass = this.#byClass.get(type);
      if (byClass !== undefined) return { callback: byClass, error };
    }
    const byStatus = this.#byStatus.get(http.status);
    return byStatus === undefined ? undefined : { callback: byStatus, error: http };
  }
}

function isClass(type: unknown): type is Function {
  return typeof type === 'function' && type !== Function.prototype;
}

/**
 * Maps this package's `Error` decorator, which also serves as the class, to the built-in `Error`, and the classes of another copy of the
 * package to those of this one.
 */
function ownClass(type: Function): Function {
  if (type.prototype === globalThis.Error.prototype) return globalThis.Error;
  if (isClassNamed(type, 'HTTPError')) return HTTPError;
  return isClassNamed(type, 'HTTPResponse') ? HTTPResponse : type;
}

function classOf(error: unknown): Function | undefined {
  return typeof error === 'object' && error !== null ? (error.constructor as Function | undefined) : undefined;
}
