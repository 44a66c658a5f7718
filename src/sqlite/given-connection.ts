import { Connection } from './connection.js';
import type { NativeDatabase, NativeStatement } from './native-database.js';

/**
 * A connection that the user has opened. The user may have begun a transaction on it, as a test does that undoes its writes. The
 * transactions of requests are then savepoints.
 */
export class GivenConnection extends Connection {
  readonly #savepoint: NativeStatement;
  readonly #release: NativeStatement;
  readonly #rollbackTo: NativeStatement;
  /** Whether the user's transaction is open. */
  #isInside = false;
  #isNested = false;

  constructor(native: NativeDatabase) {
    super(native);
    this.#savepoint = native.prepare('SAVEPOINT bottlenose_request');
    this.#release = native.prepare('RELEASE bottlenose_request');
    this.#rollbackTo = native.prepare('ROLLBACK TO bottlenose_request');
  }

  override enter(mayWrite: boolean): void {
    super.enter(mayWrite);
    this.#isInside = this.native.inTransaction;
    this.#isNested = false;
  }

  override get inTransaction(): boolean {
    return this.native.inTransaction && (!this.#isInside || this.#isNested);
  }

  override begin(): void {
    if (this.#isInside) this.#beginNested();
    else super.begin();
  }

  override beginWrite(): void {
    if (this.#isInside) this.#beginNested();
    else super.beginWrite();
  }

  #beginNested(): void {
    this.#savepoint.run();
    this.#isNested = true;
  }

  override commit(): void {
    if (this.#isNested) this.#release.run();
    else super.commit();
    this.#isNested = false;
  }

  override rollback(): void {
    if (this.#isNested) {
      this.#rollbackTo.run();
      this.#release.run();
    } else super.rollback();
    this.#isNested = false;
  }
}
