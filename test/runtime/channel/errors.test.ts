/** What implementations throw: declared errors cross as themselves, everything else as Internal with nothing of it. */

import { readFileSync, renameSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { defineInterface, offer } from "../../../runtime/channel/interface.ts";
import { referenceOf } from "../../../runtime/channel/reference.ts";
import { Fd } from "../../../runtime/descriptor.ts";
import { InvalidError, LimitError, PeerError, ProtocolError, type RpcError } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { nodes } from "../../support/node-errors.ts";
import { openDirectory, openFile } from "../../support/open-files.ts";
import { Errno$, ErrnoError, Probe, Prober, RefusalError, selector, TroubleError } from "../../support/probe.ts";
import { overLoopback } from "../../support/roads.ts";
import {
  call,
  fault,
  faultCode,
  frame,
  hello,
  i32,
  join,
  kind,
  oneway,
  readFault,
  string,
  u32,
} from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

overEveryRoad("channel: errors", (errors, road) => {
  errors("declared errors of every sort are caught as what was thrown", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    const thrown = [
      new RefusalError("busy"),
      new TroubleError("large"),
      new TroubleError("huge", { value: 9 }),
      new ErrnoError("ELOOP"),
    ];
    for (const [index, error] of thrown.entries()) far.prober.faults[index] = error;
    const caught = await Promise.all(thrown.map((_, index) => rejection(near.probe.fail(`${index}`))));
    assert.equal(
      caught.map((error) => [(error as Error).constructor, (error as RefusalError).code]),
      [
        [RefusalError, "busy"],
        [TroubleError, "large"],
        [TroubleError, "UNKNOWN_9"],
        [ErrnoError, "ELOOP"],
      ],
    );
    assert.equal(far.faults, []);
  });

  errors("an errno error looks as Node's own for the same failure", async () => {
    using pair = pairOver(road);
    const pairs = [
      [await rejection(pair.near.probe.open("/no/such")), nodes(() => readFileSync("/no/such"))],
      [await rejection(pair.near.probe.rename("/no/a", "/no/b")), nodes(() => renameSync("/no/a", "/no/b"))],
    ] as const;
    for (const [ours, theirs] of pairs) {
      assert.instance(ours, ErrnoError);
      for (const name of ["message", "code", "errno", "syscall", "path", "dest"] as const)
        assert.is((ours as typeof theirs)[name], theirs[name], name);
    }
  });

  errors("an undeclared throw is Internal with the id of the log, and nothing of what was thrown", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    const secret = new Error("the secret");
    far.prober.faults["it"] = secret;
    const error = await rejection(near.probe.fail("it"));
    assert.instance(error, PeerError);
    const { code, id, message, stack, cause } = error as PeerError;
    assert.is(code, "Internal");
    assert.equal(far.faults, [{ id, method: "test.Probe.fail", thrown: secret, sensitive: false }]);
    assert.match(message, id);
    assert.not.match(`${message}${String(cause)}`, /secret|errors\.test/);
    assert.not.match(stack ?? "", /the secret/);
  });

  errors("nothing of a sensitive method's values stands in what callers and logs are told", async () => {
    const methods = Probe.methods.map((method) => ({ ...method, sensitive: true as const }));
    const Secret: typeof Probe = defineInterface({ ...Probe, methods });
    using prober = new Prober();
    prober.faults["it"] = new Error("a secret");
    using pair = pairOver(road, { far: { offers: [offer(Secret, prober)] } });
    const reference = referenceOf(pair.near.probe)!;
    const refusal = (name: string, ...given: unknown[]): Promise<unknown> => {
      const method = methods.find((each) => each.name === name)!;
      const answer = async (): Promise<unknown> => reference.caller.call(reference, method as never, given, undefined);
      return rejection(answer());
    };
    const missing = (await refusal("open", "/no/such/secret")) as ErrnoError;
    assert.instance(missing, ErrnoError);
    assert.equal([missing.code, missing.path], ["ENOENT", undefined]);
    const unfit = (await refusal("words", ["a secret".repeat(20)])) as Error;
    assert.instance(unfit, LimitError);
    const failed = (await refusal("fail", "it")) as Error;
    assert.instance(failed, PeerError);
    for (const { message } of [missing, unfit, failed]) assert.not.match(message, /secret/);
    assert.equal(
      pair.far.faults.map(({ method, sensitive }) => [method, sensitive]),
      [["test.Probe.fail", true]],
    );
  });

  errors("the faults of a channel have ids of their own", async () => {
    using pair = pairOver(road);
    pair.far.prober.faults["it"] = new Error("again");
    const caught = await Promise.all([1, 2, 3].map(() => rejection(pair.near.probe.fail("it"))));
    assert.is(new Set(caught.map((error) => (error as PeerError).id)).size, 3);
  });

  errors("a rejection is as a throw, and whatever is thrown is Internal", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    const thrown = [undefined, null, "text", 7, Symbol("s"), {}, new TypeError("t"), { code: "ENOENT", errno: -2 }];
    far.prober.fail = (how) => Promise.reject(thrown[Number(how)]);
    for (const index of thrown.keys())
      assert.is(((await rejection(near.probe.fail(`${index}`))) as RpcError).code, "Internal");
    assert.equal(
      far.faults.map((fault) => fault.thrown),
      thrown,
    );
  });

  errors("a declared error that its codec cannot write is Internal", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    const odd = Object.assign(new Error("odd"), { code: "EODD", errno: -(2 ** 40) });
    for (const thrown of [
      new RefusalError("unheard" as "busy"),
      new TroubleError("huge", { value: 256 }),
      new TroubleError("huge"),
      odd,
    ]) {
      far.prober.faults["it"] = thrown;
      assert.is(((await rejection(near.probe.fail("it"))) as RpcError).code, "Internal");
    }
    assert.is(far.faults.length, 4);
    assert.is(await within(near.probe.echo("still fine")), "still fine");
  });

  errors("an error that the method does not declare is Internal, though another method does", async () => {
    using pair = pairOver(road);
    pair.far.prober.echo = () => {
      throw new ErrnoError("ENOENT");
    };
    assert.is(((await rejection(pair.near.probe.echo("x"))) as RpcError).code, "Internal");
  });

  errors("a one-way's throw is logged and told to nobody", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    far.prober.note = () => {
      throw new RefusalError("busy");
    };
    await within(near.probe.note("x"));
    await until(() => far.faults.length === 1);
    assert.is(await within(near.probe.echo("still fine")), "still fine");
    assert.is(near.channel.counts.messagesReceived, 2);
  });

  errors("a thenable is awaited, and settles once whatever it does", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    type Then = (resolve: (value: string) => void, reject: (reason: unknown) => void) => void;
    const thens: readonly Then[] = [
      (resolve) => resolve("once"),
      (resolve, reject) => {
        resolve("first");
        resolve("second");
        reject(new Error("third"));
      },
      () => {
        throw new Error("in then");
      },
    ];
    const thenables = thens.map((then) => ({ then }));
    // What is being tested is what types do not say of promises.
    side.prober.echo = ((text: string) => thenables[Number(text)]) as never;
    raw.send(join(hello(), ...thenables.map((_, index) => call(index + 1, selector.echo, string(`${index}`)))));
    const answers = await raw.received("return", 3);
    await turn(3);
    assert.is(raw.of("return").length, 3);
    assert.equal(answers.map(({ id, word }) => [id, word]).sort(), [
      [1, 0],
      [2, 0],
      [3, 2],
    ]);
    assert.is(side.channel.counts.answersPending, 0);
  });

  errors("a result that is not of its type is Internal, and the log says what was wrong", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    far.prober.echo = () => 7 as never;
    far.prober.words = async () => new Array(1001).fill("x");
    assert.is(((await rejection(near.probe.echo("x"))) as RpcError).code, "Internal");
    assert.is(((await rejection(near.probe.words([]))) as RpcError).code, "Internal");
    assert.instance(far.faults[0]!.thrown, InvalidError);
    assert.instance(far.faults[1]!.thrown, LimitError);
    far.prober.words = (words) => words;
    assert.equal(await within(near.probe.words(["fine"])), ["fine"]);
  });

  errors("descriptors of a result that cannot be sent are closed, wherever they stand in it", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    far.prober.open = () => openDirectory();
    assert.is(((await rejection(near.probe.open("/"))) as RpcError).code, "Internal");
    const results: (() => Fd<"file">[])[] = [
      () => [openFile(), openDirectory(), openFile()],
      () => Array.from({ length: 17 }, openFile),
      () => [openFile(), 7 as never, openFile()],
      () => {
        const twice = openFile();
        return [twice, twice];
      },
    ];
    for (const make of results) {
      let made: Fd<"file">[] = [];
      far.prober.many = async () => {
        made = make();
        return made;
      };
      assert.is(((await rejection(near.probe.many([]))) as RpcError).code, "Internal");
      assert.ok(made.filter((fd) => fd instanceof Fd).every((fd) => fd.closed));
    }
  });

  errors("a result that is no plain data is left alone", async () => {
    using pair = pairOver(road);
    using kept = openFile();
    const round: unknown[] = [kept.dup()];
    round.push(round);
    const results = [Object.create({ kept }), round];
    for (const result of results) {
      pair.far.prober.echo = () => result as never;
      assert.is(((await rejection(pair.near.probe.echo("x"))) as RpcError).code, "Internal");
    }
    assert.not.ok(kept.closed);
    assert.ok((round[0] as Fd).closed);
  });

  errors("a result that is over the caller's limit is Internal, with the limit in the log", async () => {
    using pair = pairOver(road, { near: { limits: { message: 4096, fds: 2 } } });
    const { near, far } = pair;
    far.prober.echo = (text) => "x".repeat(Number(text));
    assert.is((await within(near.probe.echo("4000"))).length, 4000);
    assert.is(((await rejection(near.probe.echo("4096"))) as RpcError).code, "Internal");
    assert.instance(far.faults[0]!.thrown, LimitError);
  });

  errors("a method or an object that is not there is Unimplemented, in words", async () => {
    using pair = pairOver(road);
    const nowhere = pair.near.channel.bootstrap(Probe, 7);
    const error = (await rejection(nowhere.echo("x"))) as PeerError;
    assert.instance(error, PeerError);
    assert.equal([error.code, error.id], ["Unimplemented", ""]);
    assert.match(error.message, "nothing is offered at 7");
    await within(nowhere.note("x"));
    assert.is(await within(pair.near.probe.echo("still fine")), "still fine");
    assert.equal(pair.far.prober.seen, ["echo still fine"]);
  });

  errors("an unknown selector is answered, its descriptors are closed, and a one-way of it passes", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    using file = openFile();
    raw.send(
      join(
        hello(),
        frame({ kind: kind.call, id: 1, descriptors: 2 }, i32(-2), string("whatever")),
        frame({ kind: kind.oneway, descriptors: 1 }, i32(-2), u32(7)),
        oneway(selector.note, string("after")),
      ),
      [file.fd, file.fd, file.fd],
    );
    const [answer] = await raw.received("return");
    assert.equal([answer!.id, answer!.word], [1, 2]);
    const { code, message } = readFault(answer!.body);
    assert.is(code, faultCode.Unimplemented);
    assert.match(message, "test.Probe 1.2, offered at 0, has no method with selector 0xfffffffe");
    await until(() => side.prober.seen.length === 1);
  });

  errors("every fault that a peer may answer with has its class and code", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    const table = [
      [faultCode.Disconnected, PeerError, "Internal"],
      [faultCode.Internal, PeerError, "Internal"],
      [faultCode.Unimplemented, PeerError, "Unimplemented"],
      [faultCode.Deadlock, PeerError, "Deadlock"],
      [faultCode.Protocol, PeerError, "Internal"],
      [faultCode.Limit, LimitError, "Limit"],
      [99, PeerError, "Internal"],
    ] as const;
    for (const [index, [number, Class, code]] of table.entries()) {
      const pending = rejection(side.probe.echo("x"));
      await raw.received("call", index + 1);
      raw.send(frame({ kind: kind.return, id: 1, word: 2 }, fault(number, "why", "id-7")));
      const error = (await pending) as RpcError;
      assert.instance(error, Class);
      // Whose version lacks the method is what a caller wants to know.
      const version = code === "Unimplemented" ? " of version 1.2" : "";
      assert.equal([error.code, error.message], [code, `test.Probe.echo${version}: why`]);
      if (error instanceof PeerError) assert.is(error.id, "id-7");
    }
  });

  errors("a declared error from the peer must be one of the method's", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = rejection(side.probe.echo("x"));
    await raw.received("call");
    raw.send(join(hello(), frame({ kind: kind.return, id: 1, word: 1 }, i32(Errno$.id), i32(2))));
    assert.instance(await pending, ProtocolError);
    assert.match((await raw.farewell())?.message ?? "", "does not declare");
  });
});

const logging = suite("channel: the log of faults");
leavesNothingOpen(logging);

logging("by default it is the console, with the id that the peer was told", async () => {
  const logged: unknown[][] = [];
  const original = console.error;
  console.error = (...values: unknown[]) => logged.push(values);
  try {
    using pair = pairOver(overLoopback, { far: { onFault: undefined as never } });
    const thrown = new Error("to be logged");
    pair.far.prober.faults["it"] = thrown;
    const { near } = pair;
    // The side's own options give way to `onFault: undefined`, and that to the default.
    const { id } = (await rejection(near.probe.fail("it"))) as PeerError;
    assert.equal(logged, [[`postern: test.Probe.fail failed (${id}):`, thrown]]);
  } finally {
    console.error = original;
  }
});

logging("a log that throws is an uncaught exception of its own, and the peer is answered", async () => {
  const broken = new Error("the log is broken");
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  try {
    using pair = pairOver(overLoopback, {
      far: {
        onFault: () => {
          throw broken;
        },
      },
    });
    pair.far.prober.faults["it"] = new Error("thrown");
    assert.is(((await rejection(pair.near.probe.fail("it"))) as RpcError).code, "Internal");
    assert.is(await within(pair.near.probe.echo("still fine")), "still fine");
    await until(() => uncaught.length === 1);
    assert.is(uncaught[0], broken);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});

logging.run();
