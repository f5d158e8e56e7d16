/** Declared errors: what their codecs claim of what handlers throw, and what callers get to catch. */

import { readFileSync, renameSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ErrorCodec, FaultPlace } from "../../../runtime/marshal/codec.ts";
import { systemErrorCodec } from "../../../runtime/marshal/declared-error.ts";
import { fnv1a } from "../../../runtime/marshal/hash.ts";
import { decoderOf, encoded, thrownBy } from "../../support/marshalling.ts";
import { nodes } from "../../support/node-errors.ts";
import {
  Errno,
  Errno$,
  ErrnoError,
  Refusal$,
  RefusalError,
  Trouble$,
  type TroubleCode,
  TroubleError,
} from "../../support/probe.ts";
import { hex, i32 } from "../../support/wire.ts";

const place: FaultPlace = { syscall: "open", path: "/x" };
const strictErrno = systemErrorCodec("test.Strict", ErrnoError, Errno, "strict");

const errors = suite("marshal: declared errors");

/** What a codec makes of bytes. */
function caught(codec: ErrorCodec, bytes: Uint8Array, at: FaultPlace = place): Error & Record<string, unknown> {
  const decoder = decoderOf(bytes);
  const error = codec.decode(decoder, at);
  decoder.finish();
  // Looked at by name below.
  return error as Error & Record<string, unknown>;
}

function sent(codec: ErrorCodec, thrown: unknown): Uint8Array {
  assert.ok(codec.claims(thrown));
  return encoded((e) => codec.encode(e, thrown));
}

errors("an id is the FNV-1a of the error's name", () => {
  assert.is(fnv1a(""), 0x811c9dc5 | 0);
  assert.is(fnv1a("a"), 0xe40c292c | 0);
  assert.is(fnv1a("foobar"), 0xbf9cf968 | 0);
  assert.is(fnv1a("é"), Math.imul(Math.imul(0x811c9dc5 ^ 0xc3, 0x01000193) ^ 0xa9, 0x01000193) | 0);
  assert.is(Errno$.id, fnv1a("test.Errno"));
});

errors("a strict enum error crosses as its class and code", () => {
  const error = caught(Refusal$, sent(Refusal$, new RefusalError("never")));
  assert.ok(error instanceof RefusalError);
  assert.equal([error.name, error["code"], error["value"], error.message], ["RefusalError", "never", 7, "never"]);
});

errors("a strict enum error claims no code that is not listed", () => {
  for (const code of ["unheard", "", "toString", "constructor", "__proto__"])
    assert.not.ok(Refusal$.claims(new RefusalError(code as "never", { value: 7 })), code);
  for (const value of [0, 2, -1]) thrownBy(() => caught(Refusal$, i32(value)), "Protocol");
});

errors("a flexible enum error carries a number that is not listed", () => {
  const error = caught(Trouble$, hex("09"));
  assert.equal([error["code"], error["value"]], ["UNKNOWN_9", 9]);
  assert.equal(sent(Trouble$, error), hex("09"));
  assert.equal(sent(Trouble$, new TroubleError("huge", { value: 200 })), hex("c8"));
});

errors("a flexible enum error without a number is not claimed, and one out of range is not written", () => {
  for (const code of ["huge", "toString", "constructor", "__proto__"] as TroubleCode[])
    assert.not.ok(Trouble$.claims(new TroubleError(code)), code);
  thrownBy(() => sent(Trouble$, new TroubleError("huge", { value: 256 })), "Invalid");
});

errors("an enum error claims only what is of its class", () => {
  for (const thrown of [new Error("never"), { code: "never" }, "never", undefined, null, new TroubleError("small")])
    assert.not.ok(Refusal$.claims(thrown));
});

errors("an errno error looks as Node's own for the same failure", () => {
  const failures: readonly (readonly [FaultPlace, () => void])[] = [
    [{ syscall: "open", path: "/no/such" }, () => readFileSync("/no/such")],
    [{ syscall: "rename", path: "/no/a", dest: "/no/b" }, () => renameSync("/no/a", "/no/b")],
    [{ syscall: "read" }, () => readFileSync("/")],
  ];
  for (const [at, act] of failures) {
    const original = nodes(act);
    const error = caught(Errno$, sent(Errno$, original), at);
    assert.ok(error instanceof ErrnoError);
    for (const name of ["message", "code", "errno", "syscall", "path", "dest"] as const)
      assert.is(error[name], (original as NodeJS.ErrnoException & { dest?: string })[name], name);
  }
});

errors("an errno error has no path where its call names none", () => {
  const error = caught(Errno$, i32(2), { syscall: "sync" });
  assert.is(error.message, "ENOENT: no such file or directory, sync");
  assert.not.ok("path" in error);
  assert.not.ok("dest" in error);
});

errors("a handler's own errno error goes by its code alone", () => {
  assert.equal(sent(Errno$, new ErrnoError("ELOOP")), i32(40));
  assert.is(new ErrnoError("ELOOP").errno, -40);
});

errors("a flexible errno error carries what the system names and what it does not", () => {
  assert.is(caught(Errno$, i32(28))["code"], "ENOSPC");
  const unheard = caught(Errno$, i32(4000));
  assert.equal([unheard["code"], unheard["errno"]], ["E4000", -4000]);
  assert.equal(sent(Errno$, unheard), i32(4000));
});

errors("a strict errno error holds both ends to what is listed", () => {
  assert.ok(strictErrno.claims(nodes(() => readFileSync("/no/such"))));
  assert.not.ok(strictErrno.claims(nodes(() => readFileSync("/"))));
  thrownBy(() => caught(strictErrno, i32(28)), "Protocol");
});

errors("a code that Node has no number for has the one that it is declared with", () => {
  const codec = systemErrorCodec("test.Sockets", ErrnoError, { ESHUTDOWN: 108 }, "strict");
  const error = caught(codec, sent(codec, new ErrnoError("ESHUTDOWN")));
  assert.is(error["code"], "ESHUTDOWN");
  assert.is(error["errno"], -108);
  assert.not.ok(codec.claims(new ErrnoError("EHOSTDOWN")), "it is not declared");
  assert.not.ok(Errno$.claims(new ErrnoError("ESHUTDOWN")), "nor is that here");
});

errors("a number that is no errno is refused", () => {
  for (const value of [0, -1, -2, -(2 ** 31)]) thrownBy(() => caught(Errno$, i32(value)), "Protocol");
});

errors("an errno error claims nothing that only resembles one", () => {
  const like = (members: object): Error => Object.assign(new Error("like"), members);
  for (const thrown of [
    like({ code: "ENOENT" }),
    like({ errno: -2 }),
    like({ code: "ENOENT", errno: 2 }),
    like({ code: "ENOENT", errno: 0 }),
    like({ code: "ENOENT", errno: -1.5 }),
    like({ code: "ENOENT", errno: "-2" }),
    like({ code: 2, errno: -2 }),
    { code: "ENOENT", errno: -2 },
    new ErrnoError("ENOSUCHCODE"),
    undefined,
    null,
    "ENOENT",
  ])
    assert.not.ok(Errno$.claims(thrown));
});

errors.run();
