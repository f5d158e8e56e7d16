/** Descriptors through a channel: each has one owner at any time, and every way out closes it once. */

import { fstatSync, readFileSync, readSync } from "node:fs";
import * as assert from "uvu/assert";
import type { Fd } from "../../../runtime/descriptor.ts";
import type { RpcError } from "../../../runtime/errors.ts";
import { addon } from "../../../runtime/native/addon.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { openDirectory, openFile, openForWriting, openMemory, somePath, someText } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
import { call, frame, hello, join, kind, oneway, result, string, u8, u32 } from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

/** So many files. */
function openFiles(count: number): Fd<"file">[] {
  return Array.from({ length: count }, openFile);
}

overEveryRoad("channel: descriptors", (descriptors, road) => {
  descriptors("a result's descriptor is real, closed on exec, and the caller's", async () => {
    using pair = pairOver(road);
    using file = await within(pair.near.probe.open(somePath));
    const buffer = Buffer.alloc(someText.length);
    readSync(file.fd, buffer);
    assert.is(buffer.toString(), someText);
    assert.match(readFileSync(`/proc/self/fdinfo/${file.fd}`, "utf8"), /flags:\s*0?2\d{6}/);
    assert.is(pair.far.channel.counts.descriptorsSent, 1);
    assert.is(pair.near.channel.counts.descriptorsReceived, 1);
  });

  descriptors("what is given away is gone here and the handler's there, for as long as it likes", async () => {
    using pair = pairOver(road);
    const file = openFile();
    await within(pair.near.probe.keep(file, "mine"));
    assert.ok(file.closed);
    assert.throws(() => file.fd, /moved/);
    await turn(3);
    const [kept] = pair.far.prober.kept;
    assert.ok(readFileSync(kept!.fd, "utf8").startsWith(someText));
  });

  descriptors("what is lent stays the lender's, and may be closed as soon as the call is made", async () => {
    using pair = pairOver(road);
    const file = openFile();
    const pending = pair.near.probe.read(file);
    file.close();
    assert.ok((await within(pending)).startsWith(someText));
    // A number and an object of Node's are lent as well; both ends have the one open file, and so its position.
    for (const as of [(file: Fd) => file.fd, (file: Fd) => ({ fd: file.fd }), (file: Fd) => file]) {
      using again = openFile();
      assert.ok((await within(pair.near.probe.read(as(again) as Fd<"file">))).startsWith(someText));
      assert.not.ok(again.closed);
    }
  });

  descriptors("what is lent may be closed also when its call has to wait for the peer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = Array.from({ length: 16 }, () => rejection(side.probe.echo("before")));
    const file = openFile();
    const held = rejection(side.probe.read(file));
    file.close();
    raw.send(hello());
    const calls = await raw.received("call", 17);
    assert.is(calls[16]!.descriptors, 1);
    side.channel.close();
    await Promise.all([...pending, held]);
  });

  descriptors("what waits for the peer is closed when the channel ends first", async () => {
    using facing = facingRaw(road);
    const { side } = facing;
    const pending = Array.from({ length: 16 }, () => rejection(side.probe.echo("before")));
    using lent = openFile();
    const given = openFile();
    pending.push(rejection(side.probe.read(lent)), rejection(side.probe.keep(given)));
    assert.ok(given.closed);
    side.channel.close();
    await Promise.all(pending);
    assert.not.ok(lent.closed);
  });

  descriptors("what waits for the peer is closed when the peer takes fewer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = rejection(side.probe.many(openFiles(3)));
    raw.send(hello({ fds: 2 }));
    assert.is(((await pending) as RpcError).code, "Limit");
  });

  descriptors("a lent one is closed when the handler has answered, not before", async () => {
    using pair = pairOver(road);
    let lent: Fd<"file"> | undefined;
    let answer = (): void => {};
    pair.far.prober.read = (file) => {
      lent = file;
      return new Promise((resolve) => {
        answer = () => resolve(readFileSync(file.fd, "utf8").slice(0, someText.length));
      });
    };
    using file = openFile();
    const pending = pair.near.probe.read(file);
    await until(() => lent !== undefined);
    await turn(3);
    assert.not.ok(lent!.closed);
    answer();
    assert.is(await within(pending), someText);
    assert.ok(lent!.closed);
  });

  descriptors("a lent one is closed when the handler throws, and when its channel has ended", async () => {
    using pair = pairOver(road);
    const lent: Fd<"file">[] = [];
    using file = openFile();
    pair.far.prober.read = (file) => {
      lent.push(file);
      throw new Error("no");
    };
    await rejection(pair.near.probe.read(file));
    let answer = (): void => {};
    pair.far.prober.read = (file) => {
      lent.push(file);
      return new Promise((resolve) => {
        answer = () => resolve("late");
      });
    };
    const pending = rejection(pair.near.probe.read(file));
    await until(() => lent.length === 2);
    pair.near.channel.close();
    await pending;
    await within(pair.far.channel.closed);
    answer();
    await until(() => lent.every((fd) => fd.closed));
  });

  descriptors("a lent one that the handler takes out stays its own", async () => {
    using pair = pairOver(road);
    let taken = -1;
    pair.far.prober.read = (file) => {
      taken = file.release();
      return "";
    };
    using file = openFile();
    await within(pair.near.probe.read(file));
    assert.ok(fstatSync(taken).isFile());
    addon().close(taken);
  });

  descriptors("a lent one cannot be given back as a result", async () => {
    using pair = pairOver(road);
    pair.far.prober.open = async () => pair.far.prober.kept[0]!;
    pair.far.prober.read = (file) => {
      pair.far.prober.kept.push(file);
      return "";
    };
    using file = openFile();
    await within(pair.near.probe.read(file));
    assert.is(((await rejection(pair.near.probe.open("x"))) as RpcError).code, "Internal");
  });

  descriptors("many keep their order", async () => {
    using pair = pairOver(road);
    const files = Array.from({ length: 16 }, openMemory) as unknown as Fd<"file">[];
    const inodes = files.map((file) => fstatSync(file.fd).ino);
    const back = await within(pair.near.probe.many(files));
    assert.equal(
      back.map((file) => fstatSync(file.fd).ino),
      inodes.reverse(),
    );
    for (const file of back) file.close();
  });

  descriptors("what is refused before it is sent stays the caller's", async () => {
    using pair = pairOver(road);
    await within(pair.near.probe.echo("hello"));
    using file = openFile();
    using directory = openDirectory();
    using device = openForWriting();
    const closed = openFile();
    closed.close();
    const { probe } = pair.near;
    const refused = [
      probe.keep(directory),
      probe.keep(file, "x".repeat(65)),
      probe.keep(file.fd as never),
      probe.keep(closed),
      probe.many([file, directory]),
      probe.many([file, file]),
      probe.many(new Array(17).fill(file)),
      probe.read(device as never),
      probe.read(1 << 20),
      probe.read(-1),
    ];
    for (const promise of refused) assert.match(((await rejection(promise)) as RpcError).code, /Invalid|Limit/);
    assert.not.ok(file.closed);
    assert.not.ok(directory.closed);
    assert.is(pair.near.channel.counts.descriptorsSent, 0);
    assert.is(await within(probe.echo("still fine")), "still fine");
  });

  descriptors("no more than the peer takes are sent", async () => {
    using pair = pairOver(road, { far: { limits: { fds: 2 } } });
    await within(pair.near.probe.echo("hello"));
    const files = openFiles(3);
    assert.is(((await rejection(pair.near.probe.many(files))) as RpcError).code, "Limit");
    assert.not.ok(files.some((file) => file.closed));
    files.pop()!.close();
    for (const file of await within(pair.near.probe.many(files))) file.close();
  });

  descriptors("messages with more descriptors than one send carries leave in several", async () => {
    using pair = pairOver(road, { near: { limits: { fds: 253 } }, far: { limits: { fds: 253 } } });
    await within(pair.near.probe.echo("hello"));
    const counts = [100, 253, 1, 252, 2, 127, 127];
    const answers = await within(Promise.all(counts.map((count) => pair.near.probe.many(openFiles(count)))));
    assert.equal(
      answers.map((files) => files.length),
      counts,
    );
    for (const file of answers.flat()) file.close();
  });

  descriptors("so do those that waited for the peer's hello", async () => {
    using pair = pairOver(road);
    const answers = await within(Promise.all(Array.from({ length: 40 }, () => pair.near.probe.many(openFiles(16)))));
    assert.is(answers.flat().length, 640);
    for (const file of answers.flat()) file.close();
  });

  descriptors("a peer that says it takes more than can be sent is not believed", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello({ fds: 0xffffffff, message: 0xffffffff, inflight: 0xffffffff }));
    await until(() => side.channel.counts.messagesReceived === 1);
    const files = openFiles(254);
    assert.is(((await rejection(side.probe.many(files))) as RpcError).code, "Limit");
    files.pop()!.close();
    const pending = rejection(side.probe.many(files));
    assert.is((await raw.received("call"))[0]!.descriptors, 253);
    side.channel.close();
    await pending;
  });

  descriptors("a fault of the peer does not touch what an earlier message brought", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    using file = openFile();
    const keep = frame({ kind: kind.call, id: 1, descriptors: 1 }, u32(selector.keep), u32(0), u8(0));
    raw.send(join(hello(), keep), [file.fd]);
    await raw.received("return");
    raw.send(frame({ kind: 99, descriptors: 2 }), [file.fd, file.fd]);
    await raw.farewell();
    assert.not.ok(side.prober.kept[0]!.closed);
  });

  descriptors("a fault behind a blocking call does not touch what the message before it brought", async () => {
    using facing = facingRaw(road, { limits: { queue: 10_000 } });
    const { side, raw } = facing;
    side.prober.keep = (file) => {
      side.prober.kept.push(file);
      side.probe.echoSync("inner", { timeoutMs: 10_000 });
    };
    using file = openFile();
    const keep = frame({ kind: kind.call, id: 1, descriptors: 1 }, u32(selector.keep), u32(0), u8(0));
    raw.send(
      join(hello(), keep, ...Array.from({ length: 11 }, () => oneway(selector.note, string("x".repeat(1000))))),
      [file.fd],
    );
    await raw.farewell();
    assert.not.ok(side.prober.kept[0]!.closed);
  });

  descriptors("answers and calls that bring descriptors mix", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    using file = openFile();
    const opening = side.probe.open("/x");
    await raw.received("call");
    raw.send(
      join(
        hello(),
        frame({ kind: kind.call, id: 9, descriptors: 1 }, u32(selector.keep), u32(0), u8(0)),
        frame({ kind: kind.return, id: 1, descriptors: 1 }, u32(0)),
        call(10, selector.echo, string("none")),
      ),
      [file.fd, file.fd],
    );
    (await within(opening)).close();
    await raw.received("return", 2);
    const next = side.probe.echo("x");
    raw.send(result(1, string("y")));
    assert.is(await within(next), "y");
  });
});
