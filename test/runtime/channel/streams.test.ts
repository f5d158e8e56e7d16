/** Streams between two channels: how they are read, how each end may end them, and what becomes of the rest. */

import * as assert from "uvu/assert";
import type { CallContext } from "../../../runtime/channel/interface.ts";
import { CancelError, InvalidError, PeerError, type RpcError } from "../../../runtime/errors.ts";
import type { Stream } from "../../../runtime/marshal/streams.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { feedsOver, upTo } from "../../support/feed.ts";
import { ErrnoError, RefusalError } from "../../support/generated/streams.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

/** All that a stream gives, and what it ends with. */
async function readAll<T>(stream: AsyncIterable<T>): Promise<{ readonly values: T[]; readonly error?: unknown }> {
  const values: T[] = [];
  try {
    for await (const value of stream) values.push(value);
    return { values };
  } catch (error) {
    return { values, error };
  }
}

overEveryRoad("channel: streams", (streams, road) => {
  streams("a result is read in order and to its end, however long", async () => {
    using pair = feedsOver(road);
    const { values, error } = await within(readAll(pair.near.feed.numbers(1000)));
    assert.is(error, undefined);
    assert.equal(values, [...upTo(1000)]);
    await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
  });

  streams("a parameter is read in order and to its end, however long", async () => {
    using pair = feedsOver(road);
    assert.is(await within(pair.near.feed.sum(upTo(1000))), 499500);
    assert.is(await within(pair.near.feed.sum([1, 2, 3])), 6);
    await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
  });

  streams("what has no values ends at once, either way", async () => {
    using pair = feedsOver(road);
    assert.equal(await within(readAll(pair.near.feed.numbers(0))), { values: [] });
    assert.is(await within(pair.near.feed.sum([])), 0);
  });

  streams("a generator, an async one, a list, and a stream of another channel may all be the source", async () => {
    using pair = feedsOver(road);
    using other = feedsOver(road);
    const { feed } = pair.near;
    async function* slowly(): AsyncGenerator<number> {
      for (const number of [4, 5]) {
        await turn();
        yield number;
      }
    }
    assert.is(await within(feed.sum(upTo(3))), 3);
    assert.is(await within(feed.sum(slowly())), 9);
    assert.is(await within(feed.sum(new Set([7, 8]))), 15);
    assert.is(await within(feed.sum(other.near.feed.numbers(100))), 4950);
  });

  streams("a stream made of a stream goes on when the call has been answered", async () => {
    using pair = feedsOver(road);
    const { values } = await within(readAll(pair.near.feed.doubled(upTo(500))));
    assert.equal(
      values,
      Array.from({ length: 500 }, (_, index) => 2 * index),
    );
  });

  streams("two parameters of one call are read side by side", async () => {
    using pair = feedsOver(road);
    const { values } = await within(readAll(pair.near.feed.pairs(upTo(40), [...upTo(80)].reverse())));
    assert.equal(values.slice(0, 4), [0, 79, 1, 78]);
    assert.is(values.length, 80);
    await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
  });

  streams("either end may produce and consume on one channel at once", async () => {
    using pair = feedsOver(road);
    const both = Promise.all([
      readAll(pair.near.feed.numbers(300)),
      readAll(pair.far.feed.numbers(200)),
      pair.near.feed.sum(upTo(100)),
      pair.far.feed.sum(upTo(50)),
    ]);
    const [one, other, sum, otherSum] = await within(both);
    assert.equal([one.values.length, other.values.length, sum, otherSum], [300, 200, 4950, 1225]);
  });

  // ---------------------------------------------------------------- ended by an error

  streams(
    "a declared error of the producer is thrown where the stream is read, after what came before it",
    async () => {
      using pair = feedsOver(road);
      pair.far.feeder.numbers = function* () {
        yield 1;
        throw new RefusalError("busy");
      };
      const { values, error } = await within(readAll(pair.near.feed.numbers(9)));
      assert.equal(values, [1]);
      assert.instance(error, RefusalError);
      assert.is((error as RefusalError).code, "busy");
      assert.equal(pair.far.faults, []);
    },
  );

  streams("an errno error names what was asked for", async () => {
    using pair = feedsOver(road);
    pair.far.feeder.lines = async function* () {
      yield "a";
      throw new ErrnoError("ENOENT");
    };
    const { error } = await within(readAll(pair.near.feed.lines("/etc/nothing")));
    assert.instance(error, ErrnoError);
    assert.equal([(error as ErrnoError).syscall, (error as ErrnoError).path], ["lines", "/etc/nothing"]);
  });

  streams("an error that is not declared arrives as Internal with an id, and is logged under it", async () => {
    using pair = feedsOver(road);
    const secret = new Error("the password is 1234");
    pair.far.feeder.numbers = async function* () {
      yield 1;
      throw secret;
    };
    const { values, error } = await within(readAll(pair.near.feed.numbers(9)));
    assert.equal(values, [1]);
    assert.instance(error, PeerError);
    assert.is((error as PeerError).code, "Internal");
    assert.not.match((error as PeerError).message, "1234");
    assert.equal(pair.far.faults, [
      { id: (error as PeerError).id, method: "test.streams.Feed.numbers", thrown: secret, sensitive: false },
    ]);
  });

  streams("a call that fails before there is a stream fails the stream the same way", async () => {
    using pair = feedsOver(road);
    for (const fail of [
      () => {
        throw new RefusalError("never");
      },
      () => Promise.reject(new RefusalError("never")),
    ]) {
      pair.far.feeder.numbers = fail;
      const error = await rejection(pair.near.feed.numbers(9).next());
      assert.instance(error, RefusalError);
    }
  });

  streams("what cannot be iterated is the handler's fault", async () => {
    using pair = feedsOver(road);
    for (const result of [undefined, null, 7, "text", {}, new Date()]) {
      pair.far.feeder.numbers = () => result as never;
      assert.is(((await rejection(pair.near.feed.numbers(1).next())) as RpcError).code, "Internal");
    }
    assert.is(pair.far.faults.length, 6);
    assert.is(pair.far.channel.counts.streamsOpen, 0);
  });

  streams("a parameter that cannot be iterated is refused, and nothing is sent", async () => {
    using pair = feedsOver(road);
    await within(pair.near.feed.ping("hello"));
    const { messagesSent } = pair.near.channel.counts;
    for (const source of [undefined, null, 7, "text", {}]) {
      const error = await rejection(pair.near.feed.sum(source as never));
      assert.instance(error, InvalidError);
      assert.instance(await rejection(pair.near.feed.doubled(source as never).next()), InvalidError);
    }
    assert.is(pair.near.channel.counts.messagesSent, messagesSent);
    assert.is(pair.near.channel.counts.callsPending, 0);
  });

  streams(
    "a value that is not of its type ends the stream as the producer's fault, and the source is let go of",
    async () => {
      using pair = feedsOver(road);
      let done = false;
      pair.far.feeder.numbers = function* () {
        try {
          yield 1;
          yield -1;
          yield 2;
        } finally {
          done = true;
        }
      };
      const { values, error } = await within(readAll(pair.near.feed.numbers(9)));
      assert.equal([values, (error as RpcError).code, done], [[1], "Internal", true]);
      assert.is((pair.far.faults[0]!.thrown as RpcError).code, "Invalid");
    },
  );

  streams(
    "a parameter whose source fails throws in the handler: declared as itself, anything else as Internal",
    async () => {
      using pair = feedsOver(road);
      const thrown: unknown[] = [];
      pair.far.feeder.sum = async (numbers) => {
        thrown.push((await readAll(numbers)).error);
        return 0;
      };
      const failing = function* (error: unknown): Generator<number> {
        yield 1;
        throw error;
      };
      await within(pair.near.feed.sum(failing(new RefusalError("busy"))));
      await within(pair.near.feed.sum(failing(new Error("mine"))));
      assert.instance(thrown[0], RefusalError);
      assert.instance(thrown[1], PeerError);
      assert.equal(
        pair.near.faults.map(({ id, thrown }) => [id, (thrown as Error).message]),
        [[(thrown[1] as PeerError).id, "mine"]],
      );
    },
  );

  streams("an error is thrown once, and after it there is only the end", async () => {
    using pair = feedsOver(road);
    pair.far.feeder.numbers = () => {
      throw new RefusalError("busy");
    };
    const stream = pair.near.feed.numbers(1);
    await rejection(stream.next());
    assert.equal(await within(stream.next()), { value: undefined, done: true });
    assert.equal(await within(readAll(stream)), { values: [] });
  });

  // ---------------------------------------------------------------- ended by the reader

  const waysOut: readonly [string, (stream: Stream<number>) => unknown][] = [
    [
      "leaving the loop",
      async (stream) => {
        for await (const number of stream) if (number === 3) break;
      },
    ],
    ["return()", (stream) => stream.return()],
    ["disposal", (stream) => stream[Symbol.dispose]()],
    ["asynchronous disposal", (stream) => stream[Symbol.asyncDispose]()],
  ];
  for (const [way, leave] of waysOut) {
    streams(`${way} stops the producer: its finally runs, its signal fires, and nothing is logged`, async () => {
      using pair = feedsOver(road);
      let context!: CallContext;
      let done = false;
      pair.far.feeder.numbers = async function* (_to, given) {
        context = given;
        try {
          for (let number = 0; ; number++) {
            await turn();
            yield number;
          }
        } finally {
          done = given.signal.aborted;
        }
      };
      const stream = pair.near.feed.numbers(0);
      await within(stream.next());
      await within(Promise.resolve(leave(stream)));
      assert.equal(await within(stream.next()), { value: undefined, done: true });
      await until(() => done);
      assert.instance(context.signal.reason, CancelError);
      assert.is(context.signal.reason.code, "Cancelled");
      await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
      assert.equal(pair.far.faults, []);
    });
  }

  streams("asynchronous disposal waits until the producer has cleaned up", async () => {
    using pair = feedsOver(road);
    let cleaned = false;
    pair.far.feeder.numbers = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        await turn(5);
        cleaned = true;
      }
    };
    const stream = pair.near.feed.numbers(0);
    await within(stream.next());
    await within(stream[Symbol.asyncDispose]());
    assert.ok(cleaned);
    await within(stream[Symbol.asyncDispose]());
  });

  streams("a producer that waits is told by its signal, and what it throws of it is not a fault", async () => {
    using pair = feedsOver(road);
    let done = false;
    pair.far.feeder.numbers = async function* (_to, { signal }) {
      yield 1;
      try {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      } finally {
        done = true;
      }
    };
    const stream = pair.near.feed.numbers(0);
    await within(stream.next());
    await within(stream.return());
    await until(() => done && pair.far.channel.counts.streamsOpen === 0);
    assert.equal(pair.far.faults, []);
  });

  streams("what a stopped producer throws of its own is logged on its side, and the reader is not told", async () => {
    using pair = feedsOver(road);
    const thrown = new Error("clumsy");
    pair.far.feeder.numbers = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
        throw thrown;
      }
    };
    const stream = pair.near.feed.numbers(0);
    await within(stream.next());
    await within(stream[Symbol.asyncDispose]());
    assert.equal(
      pair.far.faults.map(({ thrown }) => thrown),
      [thrown],
    );
  });

  streams("a stream that is stopped before its call is answered cancels the call", async () => {
    using pair = feedsOver(road);
    let context: CallContext | undefined;
    let answer!: (numbers: Iterable<number>) => void;
    let returned = false;
    pair.far.feeder.numbers = (_to, given) => {
      context = given;
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    const stream = pair.near.feed.numbers(0);
    await until(() => context !== undefined);
    await within(stream.return());
    await until(() => context!.signal.aborted);
    assert.is((context!.signal.reason as RpcError).code, "Cancelled");
    answer(
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          returned = true;
        }
      })(),
    );
    await until(() => returned && pair.near.channel.counts.streamsOpen === 0);
    assert.equal([pair.near.channel.counts.callsPending, pair.far.channel.counts.streamsOpen], [0, 0]);
    assert.is(await within(pair.near.feed.ping("still there")), "still there");
  });

  streams("a signal of the call ends the iteration with its reason and tells the handler", async () => {
    using pair = feedsOver(road);
    let context!: CallContext;
    let done = false;
    pair.far.feeder.numbers = async function* (_to, given) {
      context = given;
      try {
        for (;;) yield 1;
      } finally {
        done = true;
      }
    };
    const controller = new AbortController();
    const stream = pair.near.feed.numbers(0, { signal: controller.signal });
    await within(stream.next());
    const why = new Error("enough");
    controller.abort(why);
    const error = (await rejection(stream.next())) as RpcError;
    assert.instance(error, CancelError);
    assert.equal([error.code, error.cause], ["Cancelled", why]);
    await until(() => done);
    assert.is((context.signal.reason as RpcError).code, "Cancelled");
  });

  streams(
    "a signal that is aborted already sends nothing, and its reason is thrown where the stream is read",
    async () => {
      using pair = feedsOver(road);
      await within(pair.near.feed.ping("hello"));
      const { messagesSent } = pair.near.channel.counts;
      const error = (await rejection(
        pair.near.feed.numbers(1, { signal: AbortSignal.abort("early") }).next(),
      )) as RpcError;
      assert.equal([error.code, error.cause], ["Cancelled", "early"]);
      await turn();
      assert.is(pair.near.channel.counts.messagesSent, messagesSent);
    },
  );

  streams("a timeout is for the whole stream: its reader and its handler are told that time ran out", async () => {
    using pair = feedsOver(road);
    let context: CallContext | undefined;
    async function* waiting({ signal }: CallContext): AsyncGenerator<number> {
      signal.throwIfAborted();
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    pair.far.feeder.numbers = (_to, given) => {
      context = given;
      return waiting(given);
    };
    const { values, error } = await within(readAll(pair.near.feed.numbers(0, { timeoutMs: 20 })));
    assert.equal([values, (error as RpcError).code], [[], "DeadlineExceeded"]);
    await until(() => context?.signal.aborted === true);
    assert.is((context!.signal.reason as RpcError).code, "DeadlineExceeded");
    await until(() => pair.far.channel.counts.streamsOpen === 0 && pair.near.channel.counts.streamsOpen === 0);
    assert.equal(pair.far.faults, []);
  });

  streams("a handler's signal never fires once its iteration has finished", async () => {
    using pair = feedsOver(road);
    let context!: CallContext;
    pair.far.feeder.numbers = async function* (_to, given) {
      context = given;
      yield 1;
    };
    await within(readAll(pair.near.feed.numbers(0)));
    const { signal } = context;
    pair.near.channel.close();
    await within(pair.far.channel.closed);
    await turn(2);
    assert.not.ok(signal.aborted);
  });

  // ---------------------------------------------------------------- parameters that are not used up

  const waysToLeave: readonly [string, (numbers: Stream<number>) => Promise<number>][] = [
    ["returns without reading it", async () => 1],
    ["returns in the middle of it", async (numbers) => (await numbers.next()).value ?? 0],
    [
      "fails",
      async () => {
        throw new RefusalError("busy");
      },
    ],
  ];
  for (const [what, handler] of waysToLeave) {
    streams(`a handler that ${what} stops the caller's source`, async () => {
      using pair = feedsOver(road);
      let done = false;
      let given = 0;
      pair.far.feeder.sum = (numbers) => handler(numbers);
      function* source(): Generator<number> {
        try {
          for (;;) yield given++;
        } finally {
          done = true;
        }
      }
      await within(pair.near.feed.sum(source()).catch(() => {}));
      await until(() => done || given === 0);
      assert.ok(given <= 16 + 8, `${given}`);
      await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
      assert.equal([pair.near.faults, pair.far.faults], [[], []]);
    });
  }

  streams("a source that was never begun is let go of as well", async () => {
    using pair = feedsOver(road);
    let returned = 0;
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ value: 1, done: false as const }),
        return: () => ({ value: undefined, done: true as const, returned: ++returned }),
      }),
    };
    const bad = await rejection(pair.near.feed.sum(source, { signal: AbortSignal.abort() }));
    assert.instance(bad, CancelError);
    assert.is(returned, 0, "what was never sent is its caller's still");
    pair.far.feeder.sum = () => 3;
    assert.is(await within(pair.near.feed.sum(source)), 3);
    await until(() => returned === 1);
  });

  streams("a parameter that is read after its call was answered says so", async () => {
    using pair = feedsOver(road);
    let kept!: Stream<number>;
    pair.far.feeder.sum = (numbers) => {
      kept = numbers;
      return 1;
    };
    await within(pair.near.feed.sum(upTo(100)));
    assert.instance(await rejection(kept.next()), InvalidError);
    assert.equal(await within(kept.next()), { value: undefined, done: true });
  });

  streams("a caller who gives up lets its source go, and the handler does not take that for a good end", async () => {
    using pair = feedsOver(road);
    let error: unknown;
    let begun = false;
    let done = false;
    pair.far.feeder.sum = async (numbers) => {
      error = (await readAll(numbers)).error;
      throw error;
    };
    async function* source(): AsyncGenerator<number> {
      try {
        begun = true;
        for (;;) {
          await turn();
          yield 2;
        }
      } finally {
        done = true;
      }
    }
    const controller = new AbortController();
    const pending = rejection(pair.near.feed.sum(source(), { signal: controller.signal }));
    await until(() => begun);
    controller.abort();
    assert.is(((await pending) as RpcError).code, "Cancelled");
    await until(() => done && error !== undefined);
    assert.instance(error, CancelError);
    await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
    await until(() => pair.near.channel.counts.callsPending === 0);
    assert.equal(pair.far.faults, []);
  });

  streams("stopping the result stops the parameters that it was made of", async () => {
    using pair = feedsOver(road);
    let done = false;
    function* source(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        done = true;
      }
    }
    for await (const value of pair.near.feed.doubled(source())) {
      assert.is(value, 2);
      break;
    }
    await until(() => done);
    await until(() => pair.near.channel.counts.streamsOpen === 0 && pair.far.channel.counts.streamsOpen === 0);
    assert.equal([pair.near.faults, pair.far.faults], [[], []]);
  });

  // ---------------------------------------------------------------- the end of the channel

  streams("a lost channel ends every stream with the one reason, at both ends", async () => {
    using pair = feedsOver(road);
    const contexts: CallContext[] = [];
    let sourceBegun = false;
    let sourceDone = false;
    pair.far.feeder.numbers = async function* (_to, context) {
      contexts.push(context);
      yield 1;
      await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
    };
    const seen: unknown[] = [];
    pair.far.feeder.sum = async (numbers) => {
      seen.push((await readAll(numbers)).error);
      return 0;
    };
    async function* source(): AsyncGenerator<number> {
      try {
        sourceBegun = true;
        for (;;) {
          await turn();
          yield 1;
        }
      } finally {
        sourceDone = true;
      }
    }
    pair.far.feeder.doubled = () => new Promise(() => {});
    const streaming = pair.near.feed.numbers(0);
    await within(streaming.next());
    const pending = [
      rejection(streaming.next()),
      rejection(pair.near.feed.sum(source())),
      rejection(pair.near.feed.doubled([1]).next()),
    ];
    await until(() => sourceBegun && pair.far.channel.counts.callsServed === 3);
    pair.far.channel.close();
    const [one, other, unanswered] = await within(Promise.all(pending));
    assert.is((one as RpcError).code, "Disconnected");
    assert.equal([other === one, unanswered === one], [true, true]);
    await until(() => sourceDone && contexts[0]!.signal.aborted && seen.length === 1);
    assert.is((contexts[0]!.signal.reason as RpcError).code, "Disconnected");
    assert.is((seen[0] as RpcError).code, "Disconnected");
    assert.equal([pair.near.channel.counts.streamsOpen, pair.far.channel.counts.streamsOpen], [0, 0]);
    assert.equal([pair.near.faults, pair.far.faults], [[], []]);
  });

  streams("a stream that had ended before the channel did is read to its end", async () => {
    using pair = feedsOver(road);
    const stream = pair.near.feed.numbers(5);
    await until(() => pair.far.channel.counts.messagesSent > 0 && pair.near.channel.counts.messagesReceived >= 8);
    pair.near.channel.close();
    assert.equal(await within(readAll(stream)), { values: [0, 1, 2, 3, 4] });
  });

  streams("on a channel that has ended a stream throws the reason, and disposing of it waits for nothing", async () => {
    using pair = feedsOver(road);
    pair.near.channel.close();
    const stream = pair.near.feed.numbers(5);
    assert.is(((await rejection(stream.next())) as RpcError).code, "Disconnected");
    await within(pair.near.feed.numbers(5)[Symbol.asyncDispose]());
  });
});
