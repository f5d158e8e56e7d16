/** Faults and goodbyes: what they say survives, however long, and what a newer peer says is understood. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Code } from "../../../runtime/errors.ts";
import { minimumLimits } from "../../../runtime/limits.ts";
import { type Fault, readFault, writeFault, writeGoodbye } from "../../../runtime/protocol/postern/message.ts";
import { decoderOf, freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { fault, faultCode, join, readFault as readByHand, readFrame, string, u8, u32 } from "../../support/wire.ts";

const messages = suite("postern's wire: faults");

function read(body: Uint8Array): Fault {
  return readFault(decoderOf(body));
}

messages("the codes are those of the document", () => {
  for (const [code, number] of Object.entries(faultCode))
    assert.equal(read(fault(number, "m", "i")), { code: code as Code, message: "m", id: "i" });
});

messages("a code from a newer peer is read as Internal", () => {
  for (const number of [8, 255, 0x80000000, 0xffffffff]) assert.is(read(fault(number)).code, "Internal");
});

messages("cut at any offset, or with bytes after it, a fault is refused", () => {
  const whole = fault(1, "message", "id");
  for (let length = 0; length < whole.length; length++) thrownBy(() => read(whole.slice(0, length)), "Protocol");
  thrownBy(() => read(join(whole, u8(0))), "Protocol");
});

messages("texts over their limits are refused", () => {
  assert.is(read(fault(1, "x".repeat(1024), "y".repeat(64))).id, "y".repeat(64));
  thrownBy(() => read(fault(1, "x".repeat(1025))), "Limit");
  thrownBy(() => read(fault(1, "", "x".repeat(65))), "Limit");
  thrownBy(() => read(join(u32(1), string("a"), u32(1), u8(0xff))), "Protocol");
});

messages("a message of any length and make is cut to what the peer takes, between characters", () => {
  for (const message of [
    "x".repeat(5000),
    "日".repeat(5000),
    "😀".repeat(5000),
    `x${"😀".repeat(5000)}`,
    "\ud800".repeat(500),
  ]) {
    for (const write of [
      (e: ReturnType<typeof freshEncoder>) => writeFault(e, 1, { code: "Internal", message, id: "i" }),
      (e: ReturnType<typeof freshEncoder>) => writeGoodbye(e, { code: "Protocol", message, id: "" }),
    ]) {
      const encoder = freshEncoder(minimumLimits.message);
      write(encoder);
      const { body } = readFrame(encoder.slab.slice(0, encoder.position));
      const said = readByHand(body);
      assert.ok(said.message.length > 300);
      assert.ok(said.message.isWellFormed());
      assert.is(read(body).message, said.message);
      if (message.isWellFormed()) assert.ok(message.startsWith(said.message.replace(/\ufffd$/, "")));
    }
  }
});

messages.run();
