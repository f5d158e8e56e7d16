/** An interface in the shape that generated code has, which hands out sockets: `introduce() -> fd<seqpacket>`. */

import * as $ from "../../runtime/codegen.ts";
import type { Fd } from "../../runtime/descriptor.ts";

const socket: $.FdType<"seqpacket"> = $.fdType({
  kinds: ["seqpacket"],
  required: ["read", "write"],
  optional: [],
  ownership: "own",
});

export interface Introducer extends $.Remote {
  introduce(): Promise<Fd<"seqpacket">>;
}

export interface IntroducerImpl {
  introduce(): Fd<"seqpacket">;
}

const introduce: $.Method<IntroducerImpl, readonly [], Fd<"seqpacket">> = {
  name: "introduce",
  fullName: "test.Introducer.introduce",
  selector: 1,
  style: "async",
  throws: [],
  encodeParameters() {},
  decodeParameters() {
    return [];
  },
  encodeResult(e, v) {
    e.fd(v, socket);
  },
  decodeResult(d) {
    return d.fd(socket);
  },
  invoke(implementation) {
    return implementation.introduce();
  },
};

class IntroducerStub extends $.Stub implements Introducer {
  introduce(): Promise<Fd<"seqpacket">> {
    return this.$call(introduce, [], undefined);
  }
}

export const Introducer: $.Interface<Introducer, IntroducerImpl> = $.defineInterface({
  name: "test.Introducer",
  major: 1,
  minor: 0,
  fingerprint: "0000000000000001",
  methods: [introduce],
  Stub: IntroducerStub,
});
