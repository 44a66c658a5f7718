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
  #isNested = false;

  constructor(native: NativeDatabase) {
    super(native);
    this.#savepoint = native.prepare('SAVEPOINT bottlenose_request');
    this.#release = native.prepare('RELEASE bottlenose_request');
    this.#rollbackTo = native.prepare('ROLLBACK TO bottlenose_request');
  }

  override begin(): void {
    this.#isNested = this.native.inTransaction;
    if (this.#isNested) this.#savepoint.run();
    else super.begin();
  }

  override beginWrite(): void {
    this.#isNested = this.native.inTransaction;
    if (this.#isNested) this.#savepoint.run();
    else super.beginWrite();
  }

  override commit(): void {
    if (this.#isNested) this.#release.run();
    else super.commit();
  }

  override rollback(): void {
    if (!this.#isNested) super.rollback();
    else {
      this.#rollbackTo.run();
      this.#release.run();
    }
  }
}
