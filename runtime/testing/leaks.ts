/** The check that a test leaves nothing open on its channels. */

import { AssertionError } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import type { Channel } from "../channel/channel.ts";
import type { Ledger } from "../channel/ledger.ts";

/** How long what is under way may take. */
export interface LeakOptions {
  /** Turns of the event loop; 50 where nothing is said. */
  readonly turns?: number;
}

/**
 * Lets what is under way come to its end, and then rejects with an `AssertionError` that lists what is left: calls
 * without an answer, objects held, streams, descriptors, each with the method and, where the channel was made with the
 * option `ledger`, the place that made it. Closing what is left is still the test's affair.
 *
 *     await expectNoLeaks([client, server]);
 */
export async function expectNoLeaks(
  channels: Pick<Channel, "ledger"> | readonly Pick<Channel, "ledger">[],
  { turns = 50 }: LeakOptions = {},
): Promise<void> {
  const all = "ledger" in channels ? [channels] : channels;
  for (let turned = 0; turned < turns && left(all).length > 0; turned++) await turn();
  const ledgers = left(all);
  if (ledgers.length === 0) return;
  const size = ledgers.reduce((sum, ledger) => sum + ledger.size, 0);
  const what = size === 1 ? "One thing is left" : `${size} things are left`;
  throw new AssertionError({
    message: `${what} of what was made:\n${ledgers.map(String).join("\n")}`,
    stackStartFn: expectNoLeaks,
  });
}

function left(channels: readonly Pick<Channel, "ledger">[]): readonly Ledger[] {
  return channels.map((channel) => channel.ledger()).filter(({ size }) => size > 0);
}
