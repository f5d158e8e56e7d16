/**
 * Calls to objects that have not arrived: they leave with the call that brings the object, are served in order when it
 * is there, and fail as it failed; and nothing of it stays, whatever becomes of either.
 */

import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { arrived } from "../../../runtime/channel/early.ts";
import { dup, onLost, same } from "../../../runtime/channel/reference.ts";
import { CancelError, InvalidError, LimitError, PeerError, type RpcError } from "../../../runtime/errors.ts";
import { createFake } from "../../../runtime/testing/index.ts";
import { facingRaw, overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { collectGarbage, heapUsed } from "../../support/garbage.ts";
import { Page, PageError, TornError } from "../../support/generated/pages.ts";
import { openFile } from "../../support/open-files.ts";
import { type PageEnd, pageSelector, pagesOver, ServedPage, Shelf } from "../../support/pages.ts";
import { recorded } from "../../support/recorded.ts";
import { call, frame, hello, join, kind, result, string, u32 } from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

const PROMISED = 0x80000000;

/** A page that has not arrived, and will when the far end is told. */
async function slowPage(near: PageEnd, far: PageEnd, name = "slow"): Promise<Page> {
  const page = near.page.early.open(name);
  await until(() => far.shelf.slow.has(name));
  return page;
}

overEveryRoad("channel: early calls", (early, road) => {
  early("a call to an object that has not arrived leaves in one packet with the call that brings it", async () => {
    const { road: noted, packets } = recorded(road);
    using ends = pagesOver(noted);
    await ends.near.page.title();
    packets.length = 0;
    {
      using page = ends.near.page.early.open("a");
      assert.is(await within(page.title()), "top/a");
    }
    const [first] = packets;
    assert.equal(
      first!.map(({ kind, id, word }) => [kind, id, word]),
      [
        [kind.call, 1, 0],
        [kind.call, 2, PROMISED + 1],
      ],
    );
    await until(() => ends.idle);
  });

  early("a chain of ten leaves in one packet, before the peer has said a word, and takes one round trip", async () => {
    const { road: noted, packets } = recorded(road);
    using ends = pagesOver(noted);
    let page = ends.near.page;
    const chain = Array.from({ length: 10 }, (_, index) => {
      page = page.early.open(String(index));
      return page;
    });
    const title = within(page.title());
    await turn(0);
    assert.is(await title, "top/0/1/2/3/4/5/6/7/8/9");
    const asking = packets.filter((frames) => frames.some((each) => each.kind === kind.call));
    assert.is(asking.length, 1);
    assert.equal(
      asking[0]!.map(({ kind }) => kind),
      [kind.hello, ...new Array(11).fill(kind.call)],
    );
    for (const each of chain) each[Symbol.dispose]();
    await until(() => ends.idle);
    assert.is(ends.far.shelf.made.filter(({ disposed }) => disposed === 1).length, 10);
  });

  early("an object that has arrived is called by its own name, and is the same as before", async () => {
    const { road: noted, packets } = recorded(road);
    using ends = pagesOver(noted);
    using page = ends.near.page.early.open("a");
    using again = dup(page);
    assert.ok(same(page, again));
    using other = ends.near.page.early.open("a");
    assert.not.ok(same(page, other));
    await within(arrived(page));
    assert.ok(same(page, again));
    await within(page.title());
    const calls = packets.flat().filter((each) => each.kind === kind.call);
    assert.ok(calls.at(-1)!.word < PROMISED);
    assert.is(ends.far.channel.counts.objectsPromised, 0);
    assert.is(ends.near.channel.counts.objectsImported, 2);
  });

  early("calls and one-ways are served in order, those that waited and those that came later", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    const titles = [page.title()];
    void page.note("1");
    titles.push(page.title());
    await turn(3);
    assert.equal(ends.far.shelf.seen, ["top: open slow"]);
    void page.note("2");
    ends.far.shelf.slow.get("slow")!.answer();
    void page.note("3");
    titles.push(page.title());
    await within(Promise.all(titles));
    void page.note("4");
    titles.push(page.title());
    await within(Promise.all(titles));
    const expected = ["title", "note 1", "title", "note 2", "note 3", "title", "note 4", "title"];
    assert.equal(
      ends.far.shelf.seen.slice(1),
      expected.map((what) => `top/slow: ${what}`),
    );
  });

  early("a chain waits for its first, and then goes on to its end", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    using second = page.early.open("b");
    using third = second.early.open("slow c");
    using fourth = third.early.open("d");
    const titles = [second.title(), third.title(), fourth.title()];
    await until(() => ends.far.channel.counts.answersPending === 7);
    ends.far.shelf.slow.get("slow")!.answer();
    assert.is(await within(titles[0]!), "top/slow/b");
    await until(() => ends.far.shelf.slow.has("slow c"));
    assert.is(ends.far.channel.counts.answersPending, 4);
    ends.far.shelf.slow.get("slow c")!.answer();
    assert.equal(await within(Promise.all(titles.slice(1))), ["top/slow/b/slow c", "top/slow/b/slow c/d"]);
  });

  early("others are served meanwhile", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    const title = within(page.title());
    assert.is(await within(ends.near.page.title()), "top");
    ends.far.shelf.slow.get("slow")!.answer();
    assert.is(await title, "top/slow");
  });

  early("streams, descriptors and the `.result` forms work on what has not arrived", async () => {
    using ends = pagesOver(road);
    using page = ends.near.page.early.open("a");
    using file = openFile();
    const size = page.size(file);
    const letters: string[] = [];
    for await (const letter of page.letters()) letters.push(letter);
    assert.is(letters.join(""), "top/a");
    assert.ok((await within(size)) > 0n);
    const renamed = await within(page.result.rename("missing"));
    assert.is(renamed.ok ? "" : renamed.error.code, "missing");
  });

  early("the call that brings it may have a stream for a parameter", async () => {
    using ends = pagesOver(road);
    using page = ends.near.page.early.gather(["a", "b"]);
    assert.is(await within(page.title()), "top/ab");
  });

  // ---------------------------------------------------------------- failure

  early("a declared error is what every call of every form gets, whatever that declares itself", async () => {
    using ends = pagesOver(road);
    const page = ends.near.page.early.open("missing");
    using file = openFile();
    const calls = [page.title(), page.rename("a"), page.size(file), page.early.open("b").title()];
    const reading = page.letters()[Symbol.asyncIterator]().next();
    void page.note("dropped");
    const reasons = await Promise.all([...calls, reading].map((each) => rejection(each)));
    assert.instance(reasons[0], PageError);
    assert.is((reasons[0] as PageError).code, "missing");
    for (const reason of reasons) assert.is(reason, reasons[0]);
    // Now that it is known.
    for (const late of [page.title(), page.note("no"), page.letters().next(), page.early.open("c").title()])
      assert.is(await rejection(late), reasons[0]);
    assert.is(await rejection(arrived(page)), reasons[0]);
    assert.is(await page.result.rename("a").then(({ ok }) => ok), false);
    assert.throws(
      () => page.titleSync(),
      (thrown: unknown) => thrown === reasons[0],
    );
    assert.equal(ends.far.shelf.seen, ["top: open missing"]);
    page[Symbol.dispose]();
    await until(() => ends.idle);
  });

  early("a fault is the same fault for all, and logged once", async () => {
    using ends = pagesOver(road);
    const page = ends.near.page.early.open("broken");
    const [one, other] = await Promise.all([rejection(page.title()), rejection(page.title())]);
    assert.instance(one, PeerError);
    assert.is((one as PeerError).code, "Internal");
    assert.is(one, other);
    assert.is(ends.far.faults.length, 1);
    await until(() => ends.idle);
  });

  early("an error that brings a descriptor is brought once", async () => {
    using ends = pagesOver(road);
    const before = openDescriptors().length;
    const page = ends.near.page.early.tear();
    const [one, other] = await Promise.all([rejection(page.title()), rejection(page.title())]);
    assert.instance(one, TornError);
    assert.is(one, other);
    (one as TornError)[Symbol.dispose]();
    assert.is(openDescriptors().length, before);
    await until(() => ends.idle);
  });

  early("what cannot be sent is thrown by the calls to it, and nothing leaves", async () => {
    using ends = pagesOver(road);
    const tooLong = ends.near.page.early.open("x".repeat(65));
    assert.instance(await rejection(tooLong.title()), LimitError);
    const signal = AbortSignal.abort("enough");
    const aborted = ends.near.page.early.open("a", { signal });
    assert.is(((await rejection(aborted.title())) as RpcError).code, "Cancelled");
    assert.is(ends.near.channel.counts.callsMade, 0);
    assert.not.ok(same(tooLong, aborted));
    assert.not.ok(same(tooLong, dup(aborted)));
  });

  early("an error that nobody asks for is nobody's unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      using ends = pagesOver(road);
      const page = ends.near.page.early.open("missing");
      void page.note("to nobody");
      page.early.open("a").early.open("b")[Symbol.dispose]();
      await until(() => ends.idle);
      void page.note("to nobody");
      await turn(5);
    } finally {
      process.off("unhandledRejection", note);
    }
    assert.equal(unhandled, []);
  });

  early("the end of the channel rejects what waits, closes what it brought and tells who works on it", async () => {
    using ends = pagesOver(road);
    const page = await slowPage(ends.near, ends.far);
    using file = openFile();
    const pending = [rejection(page.title()), rejection(page.size(file)), rejection(page.early.open("a").title())];
    await until(() => ends.far.channel.counts.answersPending === 5);
    ends.near.channel.close();
    for (const reason of await Promise.all(pending)) assert.is((reason as RpcError).code, "Disconnected");
    assert.is(((await rejection(page.title())) as RpcError).code, "Disconnected");
    await within(ends.far.channel.closed);
    assert.is(ends.far.shelf.slow.get("slow")!.context.signal.aborted, true);
    assert.ok(ends.idle);
  });

  early("a peer that is lost while its object is called leaves nothing open", async () => {
    using ends = pagesOver(road);
    const page = await slowPage(ends.near, ends.far);
    const pending = rejection(page.title());
    ends.far.channel.close();
    assert.is(((await pending) as RpcError).code, "Disconnected");
    assert.ok(ends.near.idle);
  });

  // ---------------------------------------------------------------- letting go

  early("disposed of before it arrives, the object is let go of when it does", async () => {
    using ends = pagesOver(road);
    const page = await slowPage(ends.near, ends.far);
    const title = within(page.title());
    page[Symbol.dispose]();
    page[Symbol.dispose]();
    assert.instance(await rejection(page.title()), InvalidError);
    assert.throws(() => dup(page), /disposed of or moved/);
    assert.instance(await rejection(arrived(page)), InvalidError);
    ends.far.shelf.slow.get("slow")!.answer();
    assert.is(await title, "top/slow");
    // Soon, and not when it happens to be collected.
    await turn(30);
    assert.ok(ends.idle);
    assert.is(ends.far.shelf.made.at(-1)!.disposed, 1);
  });

  early("a second stub keeps it, made before it arrives or after", async () => {
    using ends = pagesOver(road);
    const page = await slowPage(ends.near, ends.far);
    const before = dup(page);
    page[Symbol.dispose]();
    ends.far.shelf.slow.get("slow")!.answer();
    assert.is(await within(before.title()), "top/slow");
    const after = dup(before);
    before[Symbol.dispose]();
    assert.is(await within(after.title()), "top/slow");
    assert.is(ends.far.shelf.made.at(-1)!.disposed, 0);
    after[Symbol.dispose]();
    await until(() => ends.idle);
  });

  early("collected while held, it is given back and reported by the method that brought it", async () => {
    using ends = pagesOver(road);
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", note);
    try {
      await within(ends.near.page.early.open("a").title());
      // One stub is gone before its object has come.
      ends.near.page.early.open("slow");
      await until(() => ends.far.shelf.slow.has("slow"));
      collectGarbage();
      ends.far.shelf.slow.get("slow")!.answer();
      await until(() => ends.near.channel.counts.callsPending === 0);
      for (let round = 0; round < 50 && !ends.idle; round++) {
        collectGarbage();
        await turn();
      }
      await turn();
    } finally {
      process.off("warning", note);
    }
    assert.ok(ends.idle);
    assert.is(ends.far.shelf.made.filter(({ disposed }) => disposed === 1).length, 2);
    assert.ok(warnings.filter((warning) => warning.includes("test.pages.Page.open")).length >= 2);
  });

  early("the loss of its channel is told to who holds it, from when it has arrived", async () => {
    using ends = pagesOver(road);
    const lost: string[] = [];
    const page = await slowPage(ends.near, ends.far);
    onLost(page, () => lost.push("page"));
    const stop = onLost(page, () => lost.push("stopped"));
    stop();
    const never = await slowPage(ends.near, ends.far, "slow too");
    onLost(never, () => lost.push("never"));
    ends.far.shelf.slow.get("slow")!.answer();
    await within(arrived(page));
    onLost(page, () => lost.push("later"));
    ends.far.channel.close();
    await within(ends.near.channel.closed);
    await turn();
    assert.equal(lost.sort(), ["later", "page"]);
  });

  early("it cannot be passed on before it has arrived, and afterwards as any other", async () => {
    using ends = pagesOver(road);
    const page = await slowPage(ends.near, ends.far);
    const error = (await rejection(ends.near.page.keep(page))) as RpcError;
    assert.instance(error, InvalidError);
    assert.match(error.message, /await `arrived\(stub\)` first/);
    ends.far.shelf.slow.get("slow")!.answer();
    await within(arrived(page));
    assert.is(await ends.near.page.isKept(page), false);
    await ends.near.page.keep(page);
    assert.is(ends.far.shelf.kept, ends.far.shelf.made.at(-1));
    assert.instance(await rejection(page.title()), InvalidError);
    assert.instance(await rejection(ends.near.page.keep(ends.near.page.early.open("missing"))), InvalidError);
  });

  early("to another channel it goes when it has arrived", async () => {
    using ends = pagesOver(road);
    using others = pagesOver(road);
    const page = ends.near.page.early.open("a");
    assert.instance(await rejection(others.near.page.keep(page)), InvalidError);
    await within(arrived(page));
    await others.near.page.keep(page);
    const kept = others.far.shelf.kept as Page;
    assert.is(await within(kept.title()), "top/a");
    kept[Symbol.dispose]();
    await until(() => ends.idle && others.idle);
  });

  early("one that failed is passed to nobody, and says why", async () => {
    using ends = pagesOver(road);
    const page = ends.near.page.early.open("missing");
    const reason = await rejection(page.title());
    const error = (await rejection(ends.near.page.keep(page))) as RpcError;
    assert.instance(error, InvalidError);
    assert.is(error.cause, reason);
  });

  early("other stubs have arrived, and what is no stub never does", async () => {
    using ends = pagesOver(road);
    await arrived(ends.near.page);
    assert.instance(await rejection(arrived({ [Symbol.dispose]() {} })), InvalidError);
  });

  early("an object of the caller's own is called through the peer, and comes home when it is passed on", async () => {
    using ends = pagesOver(road);
    const mine = new ServedPage(ends.near.shelf, "mine");
    await ends.near.page.keep(mine);
    {
      using page = ends.near.page.early.kept();
      const early = page.title();
      assert.is(await within(early), "mine");
      assert.is(await within(page.title()), "mine");
      await ends.near.page.keep(dup(page));
      assert.is(await within((ends.far.shelf.kept as Page).title()), "mine");
      assert.is(await within(ends.near.page.kept()), mine);
    }
    await until(() => ends.idle);
  });

  // ---------------------------------------------------------------- giving up

  early("a waiting call that is given up is answered at once, and closes what it brought", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    const controller = new AbortController();
    using file = openFile();
    const size = rejection(page.size(file, { signal: controller.signal }));
    const late = rejection(page.title({ timeoutMs: 1 }));
    const title = within(page.title());
    await until(() => ends.far.channel.counts.answersPending >= 3);
    controller.abort("enough");
    assert.instance(await size, CancelError);
    assert.is(((await late) as RpcError).code, "DeadlineExceeded");
    await until(() => ends.near.channel.counts.callsPending === 2);
    ends.far.shelf.slow.get("slow")!.answer();
    await title;
    assert.equal(ends.far.shelf.seen, ["top: open slow", "top/slow: title"]);
  });

  early("a waiting call's time runs from its arrival, and what is left of it is its handler's", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    const opened = quiet(page.open("slow too", { timeoutMs: 9_000 }));
    await until(() => ends.far.channel.counts.answersPending === 2);
    const arrival = performance.now();
    await sleep(50);
    const waited = performance.now() - arrival;
    ends.far.shelf.slow.get("slow")!.answer();
    await until(() => ends.far.shelf.slow.has("slow too"));
    const { context, answer } = ends.far.shelf.slow.get("slow too")!;
    assert.ok(context.remainingMs! <= 9_001 - waited);
    answer();
    (await within(opened))[Symbol.dispose]();
  });

  for (const [what, options, code] of [
    ["its time ran out", (): object => ({ timeoutMs: 20 }), "DeadlineExceeded"],
    ["its signal said so", (controller: AbortController): object => ({ signal: controller.signal }), "Cancelled"],
  ] as const)
    early(`where the call that brings it is given up because ${what}, so are all to it and beyond`, async () => {
      using ends = pagesOver(road);
      const controller = new AbortController();
      const page = ends.near.page.early.open("slow deaf", options(controller));
      const pending = [page.title(), page.early.open("a").early.open("b").title(), page.letters().next()];
      const reasons = Promise.all(pending.map((each) => rejection(each)));
      await until(() => ends.far.channel.counts.answersPending === 6);
      controller.abort("enough");
      const [reason, ...others] = await reasons;
      assert.is((reason as RpcError).code, code);
      for (const other of others) assert.is(other, reason);
      assert.is(await rejection(page.title()), reason);
      await until(() => ends.far.channel.counts.answersPending === 1);
      ends.far.shelf.slow.get("slow deaf")!.answer();
      await until(() => ends.idle);
      assert.equal(ends.far.shelf.seen, ["top: open slow deaf"]);
    });

  early("where it was given up and is answered all the same, the object is let go of", async () => {
    using ends = pagesOver(road);
    const controller = new AbortController();
    const page = ends.near.page.early.open("a", { signal: controller.signal });
    controller.abort();
    assert.is(((await rejection(page.title())) as RpcError).code, "Cancelled");
    await until(() => ends.idle);
    assert.is(ends.far.shelf.made.at(-1)!.disposed, 1);
  });

  // ---------------------------------------------------------------- budgets

  early("more than the peer works on are held back, and all are served", async () => {
    using ends = pagesOver(road, {}, { limits: { inflight: 16 } });
    const pages = Array.from({ length: 100 }, (_, index) => ends.near.page.early.open(String(index)));
    const titles = await within(Promise.all(pages.map((page) => page.title())));
    assert.equal(
      titles,
      pages.map((_, index) => `top/${index}`),
    );
    for (const page of pages) page[Symbol.dispose]();
    await until(() => ends.idle);
  });

  early("what is held back goes to the object if that has arrived by then, or fails as it has", async () => {
    using ends = pagesOver(road, {}, { limits: { inflight: 16 } });
    const slow = Array.from({ length: 14 }, (_, index) => ends.near.page.early.open(`slow${index}`));
    using page = ends.near.page.early.open("a");
    const none = ends.near.page.early.open("missing");
    const held = [page.title(), page.title()];
    const failing = [rejection(none.title()), rejection(none.early.open("b").title())];
    assert.equal(await within(Promise.all(held)), ["top/a", "top/a"]);
    for (const reason of await within(Promise.all(failing))) assert.instance(reason, PageError);
    await until(() => ends.far.shelf.slow.size === 14);
    for (const { answer } of ends.far.shelf.slow.values()) answer();
    await within(Promise.all(slow.map((each) => arrived(each))));
    for (const each of slow) each[Symbol.dispose]();
  });

  early("more bytes than may wait for an object are held back, and come in order", async () => {
    using ends = pagesOver(road);
    const long = "x".repeat(60_000);
    for (const round of [0, 1]) {
      using page = await slowPage(ends.near, ends.far, `slow${round}`);
      const before = ends.far.channel.counts.bytesReceived;
      for (let index = 0; index < 10; index++) void page.note(`${10 * round + index} ${long}`);
      const title = within(page.title());
      // As many as are within the window, and the one that crosses it.
      await until(() => ends.far.channel.counts.bytesReceived - before > 5 * 60_000);
      await turn(5);
      assert.ok(ends.far.channel.counts.bytesReceived - before < 6 * 60_000);
      ends.far.shelf.slow.get(`slow${round}`)!.answer();
      await title;
    }
    const notes = ends.far.shelf.seen.filter((what) => what.includes("note"));
    assert.equal(
      notes.map((what) => Number(what.split(" ")[2])),
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  early("10,000 early calls: all tables and the heap are back where they began", async () => {
    using ends = pagesOver(road);
    const use = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const pages = Array.from({ length: 500 }, (_, index) => ends.near.page.early.open(String(index)));
        await within(Promise.all(pages.map((page) => page.title())));
        for (const page of pages) page[Symbol.dispose]();
      }
      await until(() => ends.idle);
      ends.far.shelf.seen.length = 0;
      ends.far.shelf.made.length = 1;
    };
    await use(5);
    const before = await heapUsed();
    await use(20);
    const grown = (await heapUsed()) - before;
    assert.ok(grown < 1024 * 1024, `the heap has grown by ${grown} bytes`);
  });

  early("2,000 in one turn, in a chain", async () => {
    using ends = pagesOver(road);
    const chain: Page[] = [];
    let page = ends.near.page;
    for (let depth = 0; depth < 2_000; depth++) {
      page = page.early.open("");
      chain.push(page);
    }
    assert.is((await within(page.title())).length, 2_003);
    for (const each of chain) each[Symbol.dispose]();
    await until(() => ends.idle);
  });

  early("2,000 in one turn, in a chain whose first is given up", async () => {
    using ends = pagesOver(road);
    const controller = new AbortController();
    let page = ends.near.page.early.open("slow", { signal: controller.signal });
    for (let depth = 0; depth < 2_000; depth++) page = page.early.open("");
    const title = rejection(page.title());
    await until(() => ends.far.shelf.slow.size === 1);
    controller.abort();
    assert.instance(await title, CancelError);
    await until(() => ends.idle);
  });

  // ---------------------------------------------------------------- blocking

  early("a blocking call waits for the object and then for its answer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const page = side.channel.bootstrap(Page).early.open("a");
    const promise = [result(1, u32(0)), result(2, string("title"))];
    // The object is number 5 of the peer's.
    raw.send(join(hello(), frame({ kind: kind.return, id: 1, reserved: 1 }, u32(0), u32(5 << 1)), promise[1]!));
    assert.is(page.titleSync({ timeoutMs: 10_000 }), "title");
    const [back] = await raw.received("release");
    assert.equal([back!.id, back!.word], [PROMISED + 1, 1]);
    page[Symbol.dispose]();
    const [, object] = await raw.received("release", 2);
    assert.equal([object!.id, object!.word], [5, 1]);
  });

  if (road.answersWhileBlocked) {
    early("a blocking call on what arrives at once", () => {
      using ends = pagesOver(road);
      using page = ends.near.page.early.open("a").early.open("b");
      assert.is(page.titleSync(), "top/a/b");
      assert.throws(
        () => ends.near.page.early.open("missing").titleSync(),
        (thrown: unknown) => thrown instanceof PageError,
      );
    });

    early("a blocking call on what could arrive only later is a deadlock, and named", async () => {
      using ends = pagesOver(road);
      const page = ends.near.page.early.open("slow");
      assert.throws(
        () => page.titleSync(),
        (thrown: unknown) => (thrown as RpcError).code === "Deadlock",
      );
      ends.far.shelf.slow.get("slow")!.answer();
      assert.is(await within(page.title()), "top/slow");
      page[Symbol.dispose]();
      await until(() => ends.idle);
    });

    early("a handler of the call that this thread blocks on may call early, and block on that", () => {
      using ends = pagesOver(road);
      ends.far.shelf.made[0]!.title = () => ends.far.page.early.open("a").early.open("b").titleSync();
      assert.is(ends.near.page.titleSync(), "top/a/b");
    });
  }

  early("what waits for an object that must wait for this thread cannot be served: it is a deadlock", async () => {
    using facing = facingRaw(road, {
      offers: [{ type: Page, implementation: new ServedPage(new Shelf(), "top") }],
    });
    const { side, raw } = facing;
    const opening = (id: number): Uint8Array =>
      frame({ kind: kind.call, id, flags: 8 }, u32(pageSelector("open")), string("slow"));
    const within1 = (id: number, to: number): Uint8Array =>
      frame({ kind: kind.call, id, word: PROMISED + to, flags: 1 | 2 }, u32(pageSelector("title")), u32(1));
    raw.send(join(hello(), opening(5)));
    await until(() => side.channel.counts.answersPending === 1);
    // The first is to an object whose handler cannot go on, the second to one whose call waits for this thread.
    raw.send(join(within1(6, 5), opening(7), within1(8, 7), result(1, string("answer"))));
    assert.is(side.probe.echoSync("question", { timeoutMs: 10_000 }), "answer");
    const returns = await raw.received("return", 2);
    assert.equal(
      returns.map(({ id, word, body }) => [id, word, body[0]]),
      [
        [6, 2, 5],
        [8, 2, 5],
      ],
    );
  });

  // ---------------------------------------------------------------- beside the channel

  early("a ledger lists waiting calls with those that are worked on", async () => {
    using ends = pagesOver(road, { ledger: true }, { ledger: true });
    using page = await slowPage(ends.near, ends.far);
    const title = within(page.title());
    void page.note("a");
    await until(() => ends.far.channel.counts.answersPending === 2);
    const entries = ends.far.channel.ledger().entries.map(({ kind, method }) => [kind, method]);
    assert.equal(entries, [
      ["answer", "test.pages.Page.open"],
      ["answer", "test.pages.Page.title"],
    ]);
    const [opening] = ends.near.channel.ledger().entries;
    assert.ok(opening!.site.some((line) => line.includes("early.test.ts")));
    ends.far.shelf.slow.get("slow")!.answer();
    await title;
  });

  early("a waiting one-way is no call", async () => {
    using ends = pagesOver(road);
    using page = await slowPage(ends.near, ends.far);
    await page.note("a");
    await turn(3);
    assert.is(ends.far.channel.counts.answersPending, 1);
    ends.far.shelf.slow.get("slow")!.answer();
    await until(() => ends.far.shelf.seen.includes("top/slow: note a"));
  });

  // ---------------------------------------------------------------- the fake
  early("a fake is called early as well", async () => {
    using fake = createFake(Page, { open: (name) => new ServedPage(new Shelf(), name) });
    using page = fake.client.early.open("a");
    assert.is(await within(page.title()), "a");
    assert.is(fake.calls.length, 1);
    fake.inject("open", { throw: new PageError("missing") });
    assert.instance(await rejection(fake.client.early.open("b").title()), PageError);
  });
});

overEveryRoad("channel: early calls on the wire", (wire, road) => {
  wire("before the peer's hello 16 leave with this end's own, and no more", async () => {
    using facing = facingRaw(road);
    const page = facing.side.channel.bootstrap(Page);
    const titles = Array.from({ length: 10 }, (_, index) => quiet(page.early.open(String(index)).title()));
    await turn(3);
    assert.is(facing.raw.of("call").length, 16);
    facing.raw.send(hello());
    await facing.raw.received("call", 20);
    facing.side.channel.close();
    for (const title of titles) await rejection(title);
  });

  wire("a promised target is given back before its id is used again", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const top = side.channel.bootstrap(Page);
    raw.send(hello());
    const page = top.early.open("a");
    await raw.received("call");
    raw.send(frame({ kind: kind.return, id: 1, reserved: 1 }, u32(0), u32(5 << 1)));
    await within(arrived(page));
    const title = within(page.title());
    await raw.received("call", 2);
    const after = raw.frames.slice(2).map(({ kind, id, word }) => [kind, id, word]);
    assert.equal(after, [
      [kind.release, PROMISED + 1, 1],
      [kind.call, 1, 5],
    ]);
    raw.send(result(1, string("b")));
    assert.is(await title, "b");
  });

  wire("an answer with an object of this end's own ends the channel", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const page = side.channel.bootstrap(Page).early.open("a");
    const title = rejection(page.title());
    raw.send(join(hello(), frame({ kind: kind.return, id: 1, reserved: 1 }, u32(0), u32(1))));
    const reason = await within(side.channel.closed);
    assert.is(reason?.code, "Protocol");
    assert.is(await title, reason);
  });

  wire("an answer that comes before that of the call it waited for is taken as it is", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const page = side.channel.bootstrap(Page).early.open("a");
    const title = within(page.title());
    raw.send(join(hello(), result(2, string("b"))));
    assert.is(await title, "b");
    raw.send(frame({ kind: kind.return, id: 1, word: 2 }, u32(1), string("no"), string("")));
    assert.is(((await rejection(arrived(page))) as RpcError).code, "Internal");
  });

  wire("a call without an object to it is not promised", async () => {
    using facing = facingRaw(road);
    facing.raw.send(hello());
    quiet(facing.side.channel.bootstrap(Page).open("a"));
    await facing.raw.received("call");
    facing.raw.send(call(1, pageSelector("title")));
    await within(facing.raw.received("return"));
  });
});
