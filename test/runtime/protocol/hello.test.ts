/** The hello's rules: which wire, which version, no limit below the least, offers that are what they say. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { minimumLimits } from "../../../runtime/limits.ts";
import { type Hello, readHello, writeHello } from "../../../runtime/protocol/postern/hello.ts";
import { decoderOf, encoded, thrownBy } from "../../support/marshalling.ts";
import { type Bytes, type HelloFields, hello, i32, join, string, u16, u32 } from "../../support/wire.ts";

const hellos = suite("postern's wire: hello");

/** Reads a hello that was put together by hand. */
function read(fields: HelloFields): Hello {
  return readHello(decoderOf(hello(fields).slice(16, 44 + (fields.tail?.length ?? 0))));
}

function offer(name: string): Bytes {
  return join(i32(5), u16(1), u16(2), u32(0x89abcdef), u32(0x01234567), string(name));
}

hellos("limits are read as they are", () => {
  const { message, fds, inflight, exports } = minimumLimits;
  const least = { message, fds, inflight, exports };
  assert.equal(read(least).limits, least);
  const most = { message: 0xffffffff, fds: 0xffffffff, inflight: 0xffffffff, exports: 0xffffffff };
  assert.equal(read(most).limits, most);
});

hellos("offers keep their order", () => {
  const { offers } = read({ offers: 2, tail: join(offer("a.B"), offer("c.D")) });
  const one = { id: 5, major: 1, minor: 2, fingerprint: "0123456789abcdef" };
  assert.equal(offers, [
    { ...one, name: "a.B" },
    { ...one, name: "c.D" },
  ]);
});

hellos("what is written is read back, a fingerprint with leading zeros and all", () => {
  const said: Hello = {
    limits: { message: 5000, fds: 3, inflight: 17, exports: 0 },
    offers: [{ id: -7, name: "é".repeat(512), major: 0, minor: 65535, fingerprint: "000000000000000a" }],
  };
  assert.equal(readHello(decoderOf(encodedHello(said))), said);
});

function encodedHello(said: Hello): Bytes {
  let body: Bytes = new Uint8Array();
  encoded((encoder) => {
    encoder.rollback();
    writeHello(encoder, said);
    body = encoder.slab.slice(16, encoder.position);
  });
  return body;
}

/** What a hello may not say. */
const refused: readonly (readonly [string, HelloFields, RegExp])[] = [
  ["another wire", { magic: "HTTP" }, /does not speak postern/],
  ["the magic in the other order of bytes", { magic: "NTSP" }, /does not speak postern/],
  ["version 0", { version: 0 }, /version 0/],
  ["version 2", { version: 2 }, /version 2/],
  ["messages too short", { message: minimumLimits.message - 1 }, /limit on message is 4095/],
  ["no messages at all", { message: 0 }, /limit on message/],
  ["no descriptors", { fds: 0 }, /limit on fds/],
  ["too few calls", { inflight: minimumLimits.inflight - 1 }, /limit on inflight/],
  ["an offer that is not there", { offers: 1 }, /longer than its message/],
  ["more offers than there are", { offers: 2, tail: offer("a.B") }, /longer than its message|middle of a value/],
  ["an offer that nobody counted", { tail: offer("a.B") }, /left over/],
  ["bytes after the offers", { offers: 1, tail: join(offer("a.B"), u16(0)) }, /left over/],
  ["an offer cut short", { offers: 1, tail: offer("a.B").slice(0, -1) }, /longer than its message/],
  ["a name that is not UTF-8", { offers: 1, tail: join(offer("").slice(0, -4), u32(1), Uint8Array.of(0xff)) }, /UTF-8/],
];

for (const [what, fields, why] of refused)
  hellos(`${what}: refused`, () => {
    assert.match(thrownBy(() => read(fields), "Protocol").message, why);
  });

hellos("too many offers, or too long a name, is over a limit", () => {
  thrownBy(() => read({ offers: 1025, tail: new Uint8Array(1025 * 20) }), "Limit");
  thrownBy(() => read({ offers: 1, tail: offer("x".repeat(1025)) }), "Limit");
});

hellos("cut at any offset it is refused", () => {
  const whole = hello({ offers: 1, tail: offer("a.B") }).slice(16, 44 + offer("a.B").length);
  for (let length = 0; length < whole.length; length++)
    thrownBy(() => readHello(decoderOf(whole.slice(0, length))), "Protocol");
});

hellos("what must not be said is not written", () => {
  const offers = [{ id: 0, name: "x".repeat(1025), major: 0, minor: 0, fingerprint: "0".repeat(16) }];
  const limits = { message: 4096, fds: 1, inflight: 16, exports: 0 };
  thrownBy(() => encodedHello({ limits, offers }), "Limit");
  thrownBy(() => encodedHello({ limits, offers: new Array(1025).fill({ ...offers[0]!, name: "" }) }), "Limit");
  thrownBy(() => encodedHello({ limits, offers: [{ ...offers[0]!, name: "a", major: 65536 }] }), "Invalid");
});

hellos.run();
