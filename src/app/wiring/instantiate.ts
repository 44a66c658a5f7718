import { isThenable } from '../../support/value-kinds.js';
import { WiringError } from '../../controllers/binding/wiring-error.js';
import type { Container } from './container.js';

/**
 * Creates an instance of a controller class, through the app's container if it has one.
 *
 * @throws WiringError if the container gives no instance, or if there is none and the constructor takes arguments
 */
export function instantiate({ container }: { readonly container: Container | undefined }, Class: Function): object {
  if (container !== undefined) return fromContainer(container, Class);
  const count = argumentCount(Class);
  if (count === 0) return new (Class as new () => object)();
  const takes = count === 1 ? 'an argument' : `${count} arguments`;
  throw wiringError('BN_CONSTRUCTOR', Class, `The constructor of ${Class.name} takes ${takes}, which nothing gives.`, {
    cure: `${instanceRemedy(Class)}, set the option \`container\`, or give the parameters default values.`,
  });
}

function fromContainer(container: Container, Class: Function): object {
  const method = ['get' as const, 'resolve' as const].find((name) => typeof container[name] === 'function');
  if (method === undefined) {
    throw wiringError('BN_CONTAINER', Class, `The container has neither get(Class) nor resolve(Class) to make ${Class.name}.`, {
      cure: ADAPTER_REMEDY,
    });
  }
  let given: unknown;
  try {
    given = container[method]?.(Class as never);
  } catch (cause) {
    const why = cause instanceof globalThis.Error ? cause.message : String(cause);
    throw wiringError('BN_CONTAINER', Class, `The container failed to make ${Class.name}: ${why}`, {
      cure: `register ${Class.name} with the container. ${sentence(ADAPTER_REMEDY)}`,
      cause,
    });
  }
  if (given instanceof Class) return given;
  if (isThenable(given)) {
    // Its rejection would otherwise be reported as unhandled, beside this error.
    given.then(undefined, () => undefined);
    throw wiringError('BN_CONTAINER', Class, `The container gives a promise, and no instance of ${Class.name}.`, {
      cure: `await the instance, and mount it: app.mount(await …).`,
    });
  }
  throw wiringError('BN_CONTAINER', Class, `The container gives ${described(given)}, and no instance of ${Class.name}.`, {
    cure: `register ${Class.name} with the container, or ${instanceRemedy(Class)}. ${sentence(ADAPTER_REMEDY)}`,
  });
}

function described(given: unknown): string {
  if (typeof given === 'function') return `the function ${given.name}`;
  if (typeof given !== 'object' || given === null) return String(given);
  return `an instance of ${given.constructor?.name ?? 'no class'}`;
}

const ADAPTER_REMEDY = 'if it makes instances in another way, adapt it: awilix as { get: (Class) => container.build(Class) }.';

function instanceRemedy({ name }: Function): string {
  return `mount an instance: app.mount(new ${name}(…))`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wiringError(code: string, { name }: Function, message: string, more: { cure: string; cause?: unknown }): WiringError {
  return new WiringError([{ code, message, controller: name, ...more }]);
}

/** The number of arguments that a constructor needs: its parameters before the first with a default value. */
function argumentCount(Class: Function): number {
  for (let one: unknown = Class; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    // A class without a constructor passes its arguments to that of its parent.
    if (one.length > 0 || /\bconstructor['"]?\s*\(/.test(Function.prototype.toString.call(one))) return one.length;
  }
  return 0;
}
