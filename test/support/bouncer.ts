/** Objects of two programs that call each other back and forth, so deep as they are told. */

import type { RemoteObject } from "../../runtime/npapi/index.ts";

/** Calls back while its caller's thread is blocked, and blocks its own. */
export class BlockingBouncer {
  bounce(depth: number, other: BlockingBouncer): number {
    return depth === 0 ? 0 : 1 + other.bounce(depth - 1, this);
  }
}

/** Calls back by promise. */
export class AsyncBouncer {
  async bounce(depth: number, other: RemoteObject<AsyncBouncer>): Promise<number> {
    return depth === 0 ? 0 : 1 + (await other.bounce(depth - 1, this as unknown as RemoteObject<AsyncBouncer>));
  }
}
