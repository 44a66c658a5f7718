/** Ends the command with one line that says what to do, in place of a trace. */
export class CommandError extends globalThis.Error {
  /** The exit status: 1 for what went wrong, 2 for what was asked for wrongly. */
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What was written on the command line is at fault. */
export function usage(message: string, options?: ErrorOptions): CommandError {
  return new CommandError(message, 2, options);
}
