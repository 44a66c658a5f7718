/** Ends the command with a one-line message instead of a stack trace. */
export class CommandError extends globalThis.Error {
  /** The exit status: 1 for an error, 2 for wrong arguments. */
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** An error of the command line itself. */
export function usage(message: string, options?: ErrorOptions): CommandError {
  return new CommandError(message, 2, options);
}
