/**
 * Peers that break the rules of docs/protocol.md, 5.8: each ends its own channel before any user code has run for what
 * was wrong, and closes what it brought. And one that keeps to them, in every way that this runtime would not.
 */

import * as assert from "uvu/assert";
import { offer } from "../../../runtime/channel/interface.ts";
import type { Code, RpcError } from "../../../runtime/errors.ts";
import { type Facing, facingRaw, overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { Page } from "../../support/generated/pages.ts";
import { openFile } from "../../support/open-files.ts";
import { pageSelector, ServedPage, Shelf } from "../../support/pages.ts";
import type { Road } from "../../support/roads.ts";
import {
  type Bytes,
  cancel,
  faultCode,
  frame,
  type Header,
  hello,
  i32,
  join,
  kind,
  readFault,
  release,
  result,
  string,
  u32,
} from "../../support/wire.ts";
import { turn, until, within } from "../../support/within.ts";

const PROMISED = 0x80000000;
const WINDOW = 256 * 1024;

type Method = Parameters<typeof pageSelector>[0];

/** A call of a method with a promise. */
function promising(id: number, method: Method, ...parameters: Bytes[]): Bytes {
  return frame({ kind: kind.call, id, flags: 8 }, i32(pageSelector(method)), ...parameters);
}

/** Opens a page that comes when it is told. */
const slow = (id: number): Bytes => promising(id, "open", string(`slow${id}`));

/** Something to the page that the call `promised` brings. */
function to(promised: number, header: Header, method: Method, ...body: Bytes[]): Bytes {
  return frame({ word: PROMISED + promised, ...header }, i32(pageSelector(method)), ...body);
}

const title = (id: number, promised: number): Bytes => to(promised, { kind: kind.call, id }, "title");
const note = (promised: number, bytes = 0): Bytes =>
  to(promised, { kind: kind.oneway }, "note", string("x".repeat(bytes)));

interface Attacked extends Facing {
  readonly shelf: Shelf;
}

function attacked(road: Road): Attacked {
  const shelf = new Shelf();
  const options = { offers: [offer(Page, new ServedPage(shelf, "top"))], limits: { inflight: 16 }, onFault() {} };
  const facing = facingRaw(road, options);
  facing.raw.send(hello());
  return { ...facing, shelf, [Symbol.dispose]: () => facing[Symbol.dispose]() };
}

interface Violation {
  readonly what: string;
  /** What is right and comes before it; this end has answered it as far as it does at once. */
  readonly before?: Bytes;
  readonly bytes: Bytes;
  /** How many descriptors come with it. */
  readonly brings?: number;
  readonly code?: Code;
  readonly why: RegExp;
}

const violations: readonly Violation[] = [
  { what: "a call to what was never promised", bytes: title(1, 7), why: /Target 0x80000007 was not promised/ },
  { what: "a one-way to what was never promised", bytes: note(7), why: /Target 0x80000007 was not promised/ },
  {
    what: "a call to what a call without a promise brings",
    before: frame({ kind: kind.call, id: 1 }, i32(pageSelector("open")), string("slow")),
    bytes: title(2, 1),
    why: /Target 0x80000001 was not promised/,
  },
  {
    what: "a call to what itself brings",
    bytes: to(1, { kind: kind.call, id: 1, flags: 8 }, "open"),
    why: /was not promised/,
  },
  {
    what: "a call to what was given back",
    before: join(promising(1, "open", string("a")), release(PROMISED + 1)),
    bytes: title(2, 1),
    why: /Target 0x80000001 was not promised/,
  },
  { what: "a promise of what is no object", bytes: promising(1, "title"), why: /title is called as if it brought one/ },
  {
    what: "a one-way with a promise",
    bytes: frame({ kind: kind.oneway, flags: 8 }, i32(pageSelector("note")), string("")),
    why: /flags that do not exist/,
  },
  {
    what: "a return with a promise",
    bytes: frame({ kind: kind.return, id: 1, flags: 8 }),
    why: /flags that do not exist/,
  },

  {
    what: "a promise by an id of which no target can be made",
    bytes: promising(PROMISED + 1, "open", string("a")),
    why: /Call 2147483649 has an id/,
  },

  // Giving back.
  { what: "giving back what was never promised", bytes: release(PROMISED + 1), why: /promised target 0x80000001/ },
  {
    what: "giving back what has not been answered",
    before: slow(1),
    bytes: release(PROMISED + 1),
    why: /promised target 0x80000001, which it does not have/,
  },
  {
    what: "giving it back twice",
    before: join(promising(1, "open", string("a")), release(PROMISED + 1)),
    bytes: release(PROMISED + 1),
    why: /promised target 0x80000001, which it does not have/,
  },
  ...[0, 2, 0xffffffff].map((count) => ({
    what: `giving it back ${count} times at once`,
    before: promising(1, "open", string("a")),
    bytes: release(PROMISED + 1, count),
    why: /promised target 0x80000001, which it does not have/,
  })),
  {
    what: "a release that says more",
    before: promising(1, "open", string("a")),
    bytes: frame({ kind: kind.release, id: PROMISED + 1, word: 1 }, u32(0)),
    why: /left over/,
  },
  {
    what: "another promise by an id whose first is not given back",
    before: promising(1, "open", string("a")),
    bytes: slow(1),
    why: /Call 1 is made while what it promised before is not given back/,
  },
  {
    what: "any call by an id whose promise is not given back",
    before: promising(1, "open", string("missing")),
    bytes: frame({ kind: kind.call, id: 1 }, i32(pageSelector("title"))),
    why: /Call 1 is made while what it promised before is not given back/,
  },

  // Waiting.
  {
    what: "a waiting call with the id zero",
    before: slow(1),
    bytes: title(0, 1),
    why: /A call has the id zero, or a one-way has an id/,
  },
  {
    what: "a waiting one-way with an id",
    before: slow(1),
    bytes: to(1, { kind: kind.oneway, id: 2 }, "note", string("")),
    why: /A call has the id zero, or a one-way has an id/,
  },
  {
    what: "a waiting call with the id of the call it waits for",
    before: slow(1),
    bytes: title(1, 1),
    why: /Call 1 is not answered yet and comes again/,
  },
  {
    what: "two waiting calls of one id",
    before: join(slow(1), title(2, 1)),
    bytes: title(2, 1),
    why: /Call 2 is not answered yet and comes again/,
  },
  {
    what: "a call of the id of one that waits",
    before: join(slow(1), title(2, 1)),
    bytes: frame({ kind: kind.call, id: 2 }, i32(pageSelector("title"))),
    why: /Call 2 is not answered yet and comes again/,
  },
  {
    what: "a waiting call by an id whose promise is not given back",
    before: join(promising(1, "open", string("a")), slow(2)),
    bytes: title(1, 2),
    why: /Call 1 is made while what it promised before is not given back/,
  },
  {
    what: "a waiting call without a selector",
    before: slow(1),
    bytes: frame({ kind: kind.call, id: 2, word: PROMISED + 1 }),
    why: /too short to say what is called/,
  },
  {
    what: "a waiting call without the deadline that it has",
    before: slow(1),
    bytes: frame({ kind: kind.call, id: 2, word: PROMISED + 1, flags: 4 }, i32(pageSelector("title"))),
    why: /too short to say what is called/,
  },
  {
    what: "a waiting call with more references than it has room for",
    before: slow(1),
    bytes: frame(
      { kind: kind.call, id: 2, word: PROMISED + 1, reserved: 9, descriptors: 1 },
      i32(pageSelector("keep")),
    ),
    brings: 1,
    why: /no room for its 9 references/,
  },
  {
    what: "more calls than this end takes, waiting",
    before: join(slow(1), ...Array.from({ length: 15 }, (_, index) => title(index + 2, 1))),
    bytes: to(1, { kind: kind.call, id: 17, descriptors: 2 }, "size", u32(0)),
    brings: 2,
    code: "Limit",
    why: /More than the 16 calls/,
  },
  {
    what: "more calls than this end takes, some of them waiting",
    before: join(slow(1), ...Array.from({ length: 15 }, (_, index) => title(index + 2, 1))),
    bytes: slow(17),
    code: "Limit",
    why: /More than the 16 calls/,
  },
  {
    what: "more promises than this end takes calls, answered and not given back",
    before: join(...Array.from({ length: 16 }, (_, index) => promising(index + 1, "open", string("missing")))),
    bytes: promising(17, "open", string("a")),
    code: "Limit",
    why: /More than the 16 calls/,
  },
  {
    what: "more bytes than may wait",
    before: join(slow(1), note(1, WINDOW - 24)),
    bytes: note(1),
    code: "Limit",
    why: /262144 bytes of calls wait for objects/,
  },
  {
    what: "more bytes than may wait, for two objects, with a descriptor",
    before: join(slow(1), slow(2), note(1, WINDOW / 2), note(2, WINDOW / 2)),
    bytes: to(1, { kind: kind.call, id: 3, descriptors: 1 }, "size", u32(0)),
    brings: 1,
    code: "Limit",
    why: /bytes of calls wait for objects/,
  },
  {
    what: "more descriptors than may wait, in frames of few bytes",
    before: slow(1),
    // Each counts as 4,096 bytes and its frame: 64 of them are all that may wait.
    bytes: join(
      ...Array.from({ length: 65 }, () => to(1, { kind: kind.oneway, id: 0, descriptors: 1 }, "note", u32(0))),
    ),
    brings: 65,
    code: "Limit",
    why: /bytes of calls wait for objects/,
  },
];

overEveryRoad("channel: hostile early calls", (hostile, road) => {
  for (const { what, before, bytes, brings = 0, code = "Protocol", why } of violations) {
    hostile(what, async () => {
      using facing = attacked(road);
      const { side, raw, shelf } = facing;
      if (before !== undefined) raw.send(before);
      const open = openDescriptors().length;
      await until(() => side.channel.counts.messagesReceived > (before === undefined ? 0 : 1));
      await turn(3);
      const seen = [...shelf.seen];
      const files = Array.from({ length: brings }, openFile);
      raw.send(
        bytes,
        files.map(({ fd }) => fd),
      );
      for (const file of files) file.close();
      const reason = await within(side.channel.closed);
      assert.is(reason?.code, code, reason?.message);
      assert.match(reason!.message, why);
      assert.is((await raw.farewell())?.code, faultCode[code as "Protocol"]);
      assert.equal(shelf.seen, seen);
      assert.ok(openDescriptors().length <= open);
      assert.is(side.channel.counts.objectsPromised, 0);
      for (const { context } of shelf.slow.values())
        assert.is((context.signal.reason as RpcError).code, "Disconnected");
    });
  }

  for (const [what, call, why] of [
    ["parameters that are wrong", to(1, { kind: kind.call, id: 2 }, "open", u32(9)), /longer than its message/],
    ["a call made as a one-way", to(1, { kind: kind.oneway }, "title"), /came as a one-way/],
    ["a promise of what is no object", to(1, { kind: kind.call, id: 2, flags: 8 }, "title"), /as if it brought one/],
  ] as const)
    hostile(`${what} waited, and ends the channel when the object is there`, async () => {
      using facing = attacked(road);
      const { side, raw, shelf } = facing;
      raw.send(join(slow(1), call));
      await until(() => shelf.slow.has("slow1"));
      await turn(3);
      shelf.slow.get("slow1")!.answer();
      const reason = await within(side.channel.closed);
      assert.is(reason?.code, "Protocol");
      assert.match(reason!.message, why);
    });

  hostile("what waits brings its descriptors and objects, and every way out gives them back", async () => {
    using facing = attacked(road);
    const { side, raw, shelf } = facing;
    const before = openDescriptors().length;
    using file = openFile();
    const size = (id: number): Bytes => to(1, { kind: kind.call, id, descriptors: 1 }, "size", u32(0));
    const keep = frame(
      { kind: kind.call, id: 3, word: PROMISED + 1, reserved: 1 },
      i32(pageSelector("keep")),
      u32(0),
      u32(9 << 1),
    );
    raw.send(slow(1));
    raw.send(size(2), [file.fd]);
    raw.send(keep);
    await until(() => side.channel.counts.answersPending === 3);
    assert.is(openDescriptors().length, before + 2);
    raw.send(join(cancel(2), cancel(3)));
    const returns = await raw.received("return", 2);
    assert.equal(
      returns.map(({ id, word, body }) => [id, word, readFault(body).code]),
      [
        [2, 2, faultCode.Cancelled],
        [3, 2, faultCode.Cancelled],
      ],
    );
    // The object that was never read is given back, and the descriptor closed.
    const [back] = await raw.received("release");
    assert.equal([back!.id, back!.word], [9, 1]);
    assert.is(openDescriptors().length, before + 1);
    // Their ids are free.
    raw.send(size(2), [file.fd]);
    await until(() => side.channel.counts.answersPending === 2);
    shelf.slow.get("slow1")!.fail(new Error("as asked"));
    const [, , first, second] = await raw.received("return", 4);
    assert.equal([first!.id, second!.id, first!.body], [1, 2, second!.body]);
    assert.is(openDescriptors().length, before + 1);
    assert.is(side.channel.counts.objectsImported, 0);
  });

  hostile("what waits when the channel ends is closed", async () => {
    using facing = attacked(road);
    const { side, raw } = facing;
    using file = openFile();
    raw.send(slow(1));
    raw.send(to(1, { kind: kind.call, id: 2, descriptors: 1, flags: 4 }, "size", u32(60_000), u32(0)), [file.fd]);
    await until(() => side.channel.counts.answersPending === 2);
    raw.vanish();
    await within(side.channel.closed);
    await until(() => side.channel.counts.answersPending === 0);
    assert.is(side.channel.counts.objectsPromised, 0);
  });

  hostile("a waiting call whose time runs out is answered, and what it promised fails as it does", async () => {
    using facing = attacked(road);
    const { raw } = facing;
    raw.send(slow(1));
    raw.send(to(1, { kind: kind.call, id: 2, flags: 4 | 8 }, "open", u32(1), string("a")));
    raw.send(title(3, 2));
    const [two, three] = await raw.received("return", 2);
    assert.equal([two!.id, three!.id], [2, 3]);
    assert.is(readFault(two!.body).code, faultCode.DeadlineExceeded);
    assert.equal(three!.body, two!.body);
  });

  hostile("a failure is repeated word by word, the declared and the other, to each that waits, in order", async () => {
    using facing = attacked(road);
    const { raw, shelf } = facing;
    raw.send(join(promising(1, "open", string("missing")), title(2, 1), title(3, 1), note(1)));
    raw.send(join(slow(4), title(5, 4), note(4), title(6, 4)));
    await until(() => shelf.slow.has("slow4"));
    shelf.slow.get("slow4")!.fail(new Error("as asked"));
    const returns = await raw.received("return", 6);
    assert.equal(
      returns.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6],
    );
    for (const declared of returns.slice(1, 3)) assert.equal([declared.word, declared.body], [1, returns[0]!.body]);
    for (const fault of returns.slice(4)) assert.equal([fault.word, fault.body], [2, returns[3]!.body]);
    // And to those that come late.
    raw.send(title(7, 4));
    const late = (await raw.received("return", 7))[6]!;
    assert.equal(late.body, returns[3]!.body);
    assert.equal(shelf.seen, ["top: open missing", "top: open slow4"]);
  });

  hostile(
    "an error that brings a descriptor is brought by the first answer, and the others are cancelled",
    async () => {
      using facing = attacked(road);
      const { raw } = facing;
      raw.send(join(promising(1, "tear"), title(2, 1)));
      const [torn, cancelled] = await raw.received("return", 2);
      assert.equal([torn!.word, torn!.descriptors, cancelled!.word, cancelled!.descriptors], [1, 1, 2, 0]);
      assert.is(readFault(cancelled!.body).code, faultCode.Cancelled);
    },
  );

  hostile("a promise of a method that there is not fails, and so do the calls to it", async () => {
    using facing = attacked(road);
    const { raw } = facing;
    raw.send(join(frame({ kind: kind.call, id: 1, flags: 8 }, i32(5)), title(2, 1)));
    const returns = await raw.received("return", 2);
    for (const { body } of returns) assert.is(readFault(body).code, faultCode.Unimplemented);
  });

  hostile("a promised target can be called until it is given back, also when the object has been", async () => {
    using facing = attacked(road);
    const { side, raw } = facing;
    raw.send(promising(1, "open", string("a")));
    const [brought] = await raw.received("return");
    raw.send(title(2, 1));
    const [, named] = await raw.received("return", 2);
    assert.equal(named!.body, string("top/a"));
    const word = new DataView(brought!.body.buffer, brought!.body.byteOffset).getUint32(4, true);
    raw.send(join(release(word / 2), title(2, 1)));
    const [, , fault] = await raw.received("return", 3);
    assert.is(readFault(fault!.body).code, faultCode.Unimplemented);
    raw.send(release(PROMISED + 1));
    await until(() => side.channel.counts.objectsPromised === 0);
  });

  hostile("exactly as many bytes as may wait do, and are served", async () => {
    using facing = attacked(road);
    const { raw, shelf } = facing;
    raw.send(join(slow(1), note(1, WINDOW - 25), note(1, 100_000)));
    await until(() => shelf.slow.has("slow1"));
    await turn(3);
    shelf.slow.get("slow1")!.answer();
    await raw.received("return");
    raw.send(join(note(1), title(2, 1)));
    await raw.received("return", 2);
    assert.is(shelf.seen.length, 5);
    // As many again, for another.
    raw.send(join(slow(3), note(3, WINDOW - 25), note(3)));
    await until(() => shelf.slow.has("slow3"));
    shelf.slow.get("slow3")!.answer();
    await until(() => shelf.seen.length === 8);
  });

  hostile("one answered while others wait lets just those that waited for it go", async () => {
    using facing = attacked(road);
    const { raw, shelf } = facing;
    raw.send(join(slow(1), slow(2), title(3, 1), title(4, 2), title(5, 1), result(99)).slice(0, -16));
    await until(() => shelf.slow.size === 2);
    shelf.slow.get("slow2")!.answer();
    assert.equal(
      (await raw.received("return", 2)).map(({ id }) => id),
      [2, 4],
    );
    shelf.slow.get("slow1")!.answer();
    assert.equal(
      (await raw.received("return", 5)).map(({ id }) => id),
      [2, 4, 1, 3, 5],
    );
  });
});
