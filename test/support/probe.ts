/**
 * An interface in the shape that generated code has, with one method for each thing a channel must get right. Its
 * implementation here is made to be steered by tests.
 */

import { closeSync, openSync, readFileSync } from "node:fs";
import * as $ from "../../runtime/codegen.ts";
import { Fd } from "../../runtime/descriptor.ts";

export const Errno = { ENOENT: 2, EACCES: 13, ELOOP: 40 } as const;
export type ErrnoCode = keyof typeof Errno | (string & {});
export class ErrnoError extends $.SystemError<ErrnoCode> {}
export const Errno$: $.ErrorCodec = $.systemErrorCodec("test.Errno", ErrnoError, Errno, "flexible");

export const Refusal = { busy: 1, never: 7 } as const;
export type RefusalCode = keyof typeof Refusal;
export class RefusalError extends $.EnumError<RefusalCode> {}
export const Refusal$: $.ErrorCodec = $.enumErrorCodec("test.Refusal", RefusalError, Refusal, "i32", "strict");

export const Trouble = { small: 1, large: 2 } as const;
export type TroubleCode = keyof typeof Trouble | (string & {});
export class TroubleError extends $.EnumError<TroubleCode> {}
export const Trouble$: $.ErrorCodec = $.enumErrorCodec("test.Trouble", TroubleError, Trouble, "u8", "flexible");

const lentFile: $.FdType<"file"> = $.fdType({
  kinds: ["file"],
  required: ["read"],
  optional: ["write"],
  ownership: "borrow",
});
const ownFile: $.FdType<"file"> = $.fdType({
  kinds: ["file"],
  required: ["read"],
  optional: ["write"],
  ownership: "own",
});

export interface Probe extends $.Remote {
  echo(text: string, options?: $.CallOptions): Promise<string>;
  echoSync(text: string, options?: $.BlockingCallOptions): string;
  wait(text: string, options?: $.CallOptions): Promise<string>;
  waitSync(text: string, options?: $.BlockingCallOptions): string;
  note(text: string): Promise<void>;
  open(path: string, options?: $.CallOptions): Promise<$.Fd<"file">>;
  openSync(path: string, options?: $.BlockingCallOptions): $.Fd<"file">;
  rename(path: string, dest: string, options?: $.CallOptions): Promise<void>;
  read(file: $.FdLike<"file">, options?: $.CallOptions): Promise<string>;
  keep(file: $.Fd<"file">, label?: string | undefined, options?: $.CallOptions): Promise<void>;
  many(files: readonly $.Fd<"file">[], options?: $.CallOptions): Promise<readonly $.Fd<"file">[]>;
  fail(how: string, options?: $.CallOptions): Promise<void>;
  blob(bytes: Uint8Array, options?: $.CallOptions): Promise<Uint8Array>;
  label(text: string | undefined, options?: $.CallOptions): Promise<string | undefined>;
  words(words: readonly string[], options?: $.CallOptions): Promise<readonly string[]>;
}

export interface ProbeImpl {
  echo(text: string, context: $.CallContext): $.Awaitable<string>;
  wait(text: string, context: $.CallContext): $.Awaitable<string>;
  note(text: string, context: $.CallContext): $.Awaitable<void>;
  open(path: string, context: $.CallContext): $.Awaitable<$.Fd<"file">>;
  rename(path: string, dest: string, context: $.CallContext): $.Awaitable<void>;
  read(file: $.Fd<"file">, context: $.CallContext): $.Awaitable<string>;
  keep(file: $.Fd<"file">, label: string | undefined, context: $.CallContext): $.Awaitable<void>;
  many(files: readonly $.Fd<"file">[], context: $.CallContext): $.Awaitable<readonly $.Fd<"file">[]>;
  fail(how: string, context: $.CallContext): $.Awaitable<void>;
  blob(bytes: Uint8Array, context: $.CallContext): $.Awaitable<Uint8Array>;
  label(text: string | undefined, context: $.CallContext): $.Awaitable<string | undefined>;
  words(words: readonly string[], context: $.CallContext): $.Awaitable<readonly string[]>;
}

/** The selectors: small numbers, so that frames made by hand can be read. */
export const selector = {
  echo: 1,
  wait: 2,
  note: 3,
  open: 4,
  rename: 5,
  read: 6,
  keep: 7,
  many: 8,
  fail: 9,
  blob: 10,
  label: 11,
  words: 12,
} as const;

const Probe$echo: $.Method<ProbeImpl, readonly [string], string> = {
  name: "echo",
  fullName: "test.Probe.echo",
  selector: selector.echo,
  style: "sync",
  throws: [],
  encodeParameters(e, p) {
    e.string(p[0], 8 << 20);
  },
  decodeParameters(d) {
    return [d.string(8 << 20)];
  },
  encodeResult(e, v) {
    e.string(v, 8 << 20);
  },
  decodeResult(d) {
    return d.string(8 << 20);
  },
  invoke(implementation, p, context) {
    return implementation.echo(p[0], context);
  },
};

const Probe$wait: $.Method<ProbeImpl, readonly [string], string> = {
  ...Probe$echo,
  name: "wait",
  fullName: "test.Probe.wait",
  selector: selector.wait,
  invoke(implementation, p, context) {
    return implementation.wait(p[0], context);
  },
};

const Probe$note: $.Method<ProbeImpl, readonly [string], void> = {
  name: "note",
  fullName: "test.Probe.note",
  selector: selector.note,
  style: "oneway",
  throws: [],
  encodeParameters(e, p) {
    e.string(p[0], 8 << 20);
  },
  decodeParameters(d) {
    return [d.string(8 << 20)];
  },
  encodeResult() {},
  decodeResult() {},
  invoke(implementation, p, context) {
    return implementation.note(p[0], context);
  },
};

const Probe$open: $.Method<ProbeImpl, readonly [string], $.Fd<"file">> = {
  name: "open",
  fullName: "test.Probe.open",
  selector: selector.open,
  style: "sync",
  throws: [Errno$],
  path: 0,
  encodeParameters(e, p) {
    e.string(p[0], 4096);
  },
  decodeParameters(d) {
    return [d.string(4096)];
  },
  encodeResult(e, v) {
    e.fd(v, ownFile);
  },
  decodeResult(d) {
    return d.fd(ownFile);
  },
  invoke(implementation, p, context) {
    return implementation.open(p[0], context);
  },
};

const Probe$rename: $.Method<ProbeImpl, readonly [string, string], void> = {
  name: "rename",
  fullName: "test.Probe.rename",
  selector: selector.rename,
  style: "async",
  throws: [Errno$],
  path: 0,
  dest: 1,
  encodeParameters(e, p) {
    e.string(p[0], 4096);
    e.string(p[1], 4096);
  },
  decodeParameters(d) {
    return [d.string(4096), d.string(4096)];
  },
  encodeResult() {},
  decodeResult() {},
  invoke(implementation, p, context) {
    return implementation.rename(p[0], p[1], context);
  },
};

const Probe$read: $.Method<ProbeImpl, readonly [$.FdLike<"file">], string> = {
  name: "read",
  fullName: "test.Probe.read",
  selector: selector.read,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.fd(p[0], lentFile);
  },
  decodeParameters(d) {
    return [d.fd(lentFile)];
  },
  encodeResult(e, v) {
    e.string(v, 4096);
  },
  decodeResult(d) {
    return d.string(4096);
  },
  invoke(implementation, p, context) {
    // What `decodeParameters` has made is an `Fd`.
    return implementation.read(p[0] as $.Fd<"file">, context);
  },
};

const Probe$keep: $.Method<ProbeImpl, readonly [$.Fd<"file">, string | undefined], void> = {
  name: "keep",
  fullName: "test.Probe.keep",
  selector: selector.keep,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.fd(p[0], ownFile);
    e.optional(p[1], (e, v) => e.string(v, 64));
  },
  decodeParameters(d) {
    return [d.fd(ownFile), d.optional((d) => d.string(64))];
  },
  encodeResult() {},
  decodeResult() {},
  invoke(implementation, p, context) {
    return implementation.keep(p[0], p[1], context);
  },
};

const Probe$many: $.Method<ProbeImpl, readonly [readonly $.Fd<"file">[]], readonly $.Fd<"file">[]> = {
  name: "many",
  fullName: "test.Probe.many",
  selector: selector.many,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.list(p[0], 1024, (e, v) => e.fd(v, ownFile));
  },
  decodeParameters(d) {
    return [d.list(1024, 4, (d) => d.fd(ownFile))];
  },
  encodeResult(e, v) {
    e.list(v, 1024, (e, v) => e.fd(v, ownFile));
  },
  decodeResult(d) {
    return d.list(1024, 4, (d) => d.fd(ownFile));
  },
  invoke(implementation, p, context) {
    return implementation.many(p[0], context);
  },
};

const Probe$fail: $.Method<ProbeImpl, readonly [string], void> = {
  name: "fail",
  fullName: "test.Probe.fail",
  selector: selector.fail,
  style: "async",
  throws: [Errno$, Refusal$, Trouble$],
  encodeParameters(e, p) {
    e.string(p[0], 64);
  },
  decodeParameters(d) {
    return [d.string(64)];
  },
  encodeResult() {},
  decodeResult() {},
  invoke(implementation, p, context) {
    return implementation.fail(p[0], context);
  },
};

const Probe$blob: $.Method<ProbeImpl, readonly [Uint8Array], Uint8Array> = {
  name: "blob",
  fullName: "test.Probe.blob",
  selector: selector.blob,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.bytes(p[0], 8 << 20);
  },
  decodeParameters(d) {
    return [d.bytes(8 << 20)];
  },
  encodeResult(e, v) {
    e.bytes(v, 8 << 20);
  },
  decodeResult(d) {
    return d.bytes(8 << 20);
  },
  invoke(implementation, p, context) {
    return implementation.blob(p[0], context);
  },
};

const Probe$label: $.Method<ProbeImpl, readonly [string | undefined], string | undefined> = {
  name: "label",
  fullName: "test.Probe.label",
  selector: selector.label,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.optional(p[0], (e, v) => e.string(v, 64));
  },
  decodeParameters(d) {
    return [d.optional((d) => d.string(64))];
  },
  encodeResult(e, v) {
    e.optional(v, (e, v) => e.string(v, 64));
  },
  decodeResult(d) {
    return d.optional((d) => d.string(64));
  },
  invoke(implementation, p, context) {
    return implementation.label(p[0], context);
  },
};

const Probe$words: $.Method<ProbeImpl, readonly [readonly string[]], readonly string[]> = {
  name: "words",
  fullName: "test.Probe.words",
  selector: selector.words,
  style: "async",
  throws: [],
  encodeParameters(e, p) {
    e.list(p[0], 1000, (e, v) => e.string(v, 64));
  },
  decodeParameters(d) {
    return [d.list(1000, 4, (d) => d.string(64))];
  },
  encodeResult(e, v) {
    e.list(v, 1000, (e, v) => e.string(v, 64));
  },
  decodeResult(d) {
    return d.list(1000, 4, (d) => d.string(64));
  },
  invoke(implementation, p, context) {
    return implementation.words(p[0], context);
  },
};

class ProbeStub extends $.Stub implements Probe {
  echo(text: string, options?: $.CallOptions): Promise<string> {
    return this.$call(Probe$echo, [text], options);
  }
  echoSync(text: string, options?: $.BlockingCallOptions): string {
    return this.$callBlocking(Probe$echo, [text], options);
  }
  wait(text: string, options?: $.CallOptions): Promise<string> {
    return this.$call(Probe$wait, [text], options);
  }
  waitSync(text: string, options?: $.BlockingCallOptions): string {
    return this.$callBlocking(Probe$wait, [text], options);
  }
  note(text: string): Promise<void> {
    return this.$send(Probe$note, [text]);
  }
  open(path: string, options?: $.CallOptions): Promise<$.Fd<"file">> {
    return this.$call(Probe$open, [path], options);
  }
  openSync(path: string, options?: $.BlockingCallOptions): $.Fd<"file"> {
    return this.$callBlocking(Probe$open, [path], options);
  }
  rename(path: string, dest: string, options?: $.CallOptions): Promise<void> {
    return this.$call(Probe$rename, [path, dest], options);
  }
  read(file: $.FdLike<"file">, options?: $.CallOptions): Promise<string> {
    return this.$call(Probe$read, [file], options);
  }
  keep(file: $.Fd<"file">, label?: string | undefined, options?: $.CallOptions): Promise<void> {
    return this.$call(Probe$keep, [file, label], options);
  }
  many(files: readonly $.Fd<"file">[], options?: $.CallOptions): Promise<readonly $.Fd<"file">[]> {
    return this.$call(Probe$many, [files], options);
  }
  fail(how: string, options?: $.CallOptions): Promise<void> {
    return this.$call(Probe$fail, [how], options);
  }
  blob(bytes: Uint8Array, options?: $.CallOptions): Promise<Uint8Array> {
    return this.$call(Probe$blob, [bytes], options);
  }
  label(text: string | undefined, options?: $.CallOptions): Promise<string | undefined> {
    return this.$call(Probe$label, [text], options);
  }
  words(words: readonly string[], options?: $.CallOptions): Promise<readonly string[]> {
    return this.$call(Probe$words, [words], options);
  }
}

export const Probe: $.Interface<Probe, ProbeImpl> = $.defineInterface({
  name: "test.Probe",
  major: 1,
  minor: 2,
  fingerprint: "0123456789abcdef",
  methods: [
    Probe$echo,
    Probe$wait,
    Probe$note,
    Probe$open,
    Probe$rename,
    Probe$read,
    Probe$keep,
    Probe$many,
    Probe$fail,
    Probe$blob,
    Probe$label,
    Probe$words,
  ],
  Stub: ProbeStub,
});

/** One call of `wait` as its handler sees it, to be answered when a test says so. */
export interface Waiting {
  readonly text: string;
  readonly context: $.CallContext;
  answer(text?: string): void;
  fail(thrown: unknown): void;
}

/** Serves `Probe`: at once where nothing else is said; `wait` when the test answers. Remembers what it was told. */
export class Prober implements ProbeImpl, Disposable {
  /** Calls and one-ways in the order in which they came, as `method text`. */
  readonly seen: string[] = [];
  readonly waiting: Waiting[] = [];
  readonly kept: $.Fd<"file">[] = [];
  /** What `fail` throws, by name. */
  readonly faults: Record<string, unknown> = {};

  echo(text: string): $.Awaitable<string> {
    this.seen.push(`echo ${text}`);
    return text;
  }

  wait(text: string, context: $.CallContext): Promise<string> {
    this.seen.push(`wait ${text}`);
    return new Promise((resolve, reject) => {
      this.waiting.push({ text, context, answer: (other = text) => resolve(other), fail: reject });
    });
  }

  note(text: string): $.Awaitable<void> {
    this.seen.push(`note ${text}`);
  }

  open(path: string): $.Awaitable<$.Fd<"file">> {
    // The method's own check refuses what is no file.
    return Fd.adopt(openSync(path, "r"), "Prober.open");
  }

  rename(path: string): $.Awaitable<void> {
    closeSync(openSync(path, "r"));
  }

  read(file: $.Fd<"file">): $.Awaitable<string> {
    return readFileSync(file.fd, "utf8");
  }

  keep(file: $.Fd<"file">, label: string | undefined): $.Awaitable<void> {
    this.seen.push(`keep ${label}`);
    this.kept.push(file);
  }

  many(files: readonly $.Fd<"file">[]): $.Awaitable<readonly $.Fd<"file">[]> {
    return [...files].reverse();
  }

  fail(how: string): $.Awaitable<void> {
    throw this.faults[how];
  }

  blob(bytes: Uint8Array): $.Awaitable<Uint8Array> {
    return bytes;
  }

  label(text: string | undefined): $.Awaitable<string | undefined> {
    return text;
  }

  words(words: readonly string[]): $.Awaitable<readonly string[]> {
    return words;
  }

  /** Closes what it kept. */
  [Symbol.dispose](): void {
    for (const file of this.kept) file.close();
  }
}
