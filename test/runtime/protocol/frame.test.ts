/** Headers and where frames end: what no peer may send is refused before anything is made of it. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LimitError, ProtocolError } from "../../../runtime/errors.ts";
import { defaultLimits, minimumLimits } from "../../../runtime/limits.ts";
import { framing, Kind, readId, readKind, readWord } from "../../../runtime/protocol/postern/frame.ts";
import { thrownBy } from "../../support/marshalling.ts";
import { frame, type Header, kind } from "../../support/wire.ts";

const headers = suite("postern's wire: headers");

function viewOf(header: Header): DataView {
  return new DataView(frame(header).buffer as ArrayBuffer);
}

headers("the kinds are those of the document", () => {
  assert.equal(Object.values(Kind), Object.values(kind));
  for (const value of Object.values(kind)) assert.is(readKind(viewOf({ kind: value }), 0), value);
});

headers("id and word are read whole", () => {
  const view = viewOf({ kind: kind.call, id: 0xfffffffe, word: 0x80000001 });
  assert.equal([readId(view, 0), readWord(view, 0)], [0xfffffffe, 0x80000001]);
});

headers("a kind that does not exist is refused", () => {
  for (const value of [0, 99, 127, 128, 255]) thrownBy(() => readKind(viewOf({ kind: value }), 0), "Protocol");
});

headers("a flag that its kind does not have is refused", () => {
  for (let bit = 1; bit < 256; bit *= 2) {
    if (bit > 8) thrownBy(() => readKind(viewOf({ kind: kind.call, flags: bit }), 0), "Protocol");
    if (bit > 1) thrownBy(() => readKind(viewOf({ kind: kind.oneway, flags: bit }), 0), "Protocol");
    thrownBy(() => readKind(viewOf({ kind: kind.return, flags: bit }), 0), "Protocol");
  }
});

headers("a number of descriptors is no flag", () => {
  assert.is(readKind(viewOf({ kind: kind.call, descriptors: 255 }), 0), kind.call);
});

headers("a frame is as long as it says, up to this end's limit", () => {
  for (const limits of [minimumLimits, defaultLimits]) {
    const { measure } = framing(limits);
    for (const length of [16, 17, limits.message]) assert.is(measure(viewOf({ kind: 2, length }), 0), length);
    for (const length of [limits.message + 1, 0x7fffffff, 0x80000000, 0xffffffff])
      assert.throws(
        () => measure(viewOf({ kind: 2, length }), 0),
        (error: unknown) => error instanceof LimitError,
      );
    for (const length of [0, 1, 15])
      assert.throws(
        () => measure(viewOf({ kind: 2, length }), 0),
        (error: unknown) => error instanceof ProtocolError,
      );
  }
});

headers("a frame has the descriptors it says, up to this end's limit", () => {
  const { descriptors } = framing({ ...defaultLimits, fds: 3 });
  for (const count of [0, 1, 3]) assert.is(descriptors(viewOf({ kind: 2, descriptors: count }), 0), count);
  for (const count of [4, 253, 255]) thrownBy(() => descriptors(viewOf({ kind: 2, descriptors: count }), 0), "Limit");
});

headers("a header is read where it stands", () => {
  const bytes = new Uint8Array(40);
  bytes.set(frame({ kind: kind.cancel, id: 9, word: 8 }), 24);
  const view = new DataView(bytes.buffer);
  assert.equal([readKind(view, 24), readId(view, 24), readWord(view, 24)], [kind.cancel, 9, 8]);
  assert.is(framing(defaultLimits).measure(view, 24), 16);
});

headers.run();
