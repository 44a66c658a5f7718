/** Receives the errors that an app cannot answer, or that it answered with 500. */
export type ErrorLogger = (message: string, error: unknown) => void;

/** The error logger of an app. An error of the logger itself does not affect the response or the process. */
export class ErrorLog {
  #logger: ErrorLogger;

  constructor(logger: ErrorLogger) {
    this.#logger = logger;
  }

  /** Replaces the logger. Returns the previous one. */
  replace(logger: ErrorLogger): ErrorLogger {
    const previous = this.#logger;
    this.#logger = logger;
    return previous;
  }

  write(message: string, error: unknown): void {
    try {
      this.#logger(message, error);
    } catch (failure) {
      const why = failure instanceof Error ? failure.message : typeof failure;
      process.emitWarning(`The logger failed at '${message}', because of: ${why}`, { code: 'BN_LOGGER' });
    }
  }
}
