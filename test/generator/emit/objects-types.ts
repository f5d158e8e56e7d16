/** What the types of generated code let pass, and what they do not: each line that is marked must be an error. */

import {
  acceptGuest,
  type Counter,
  type CounterImpl,
  connectAsGuest,
  type Desk,
  type DeskImpl,
  type ErrnoError,
  type NarrowImpl,
  type Office,
  type PairInit,
  type Told,
  type ToldImpl,
  type TroubleError,
} from "./generated/objects.ts";

declare const desk: Desk;
declare const counter: Counter;
declare const counterImpl: CounterImpl;
declare const told: Told;
declare const deskImpl: DeskImpl;
declare const narrowImpl: NarrowImpl;
declare const office: typeof Office;

/** `.result` has the method's result, and the errors that it declares. */
export async function results(): Promise<void> {
  const failed = await desk.result.fail(1);
  // @ts-expect-error Whether there is a value has to be asked first.
  failed.value;
  if (failed.ok) {
    const value: number = failed.value;
    // @ts-expect-error A result that is there has no error.
    failed.error;
    void value;
  } else {
    const error: TroubleError | ErrnoError = failed.error;
    // @ts-expect-error It can be either of the two.
    const one: TroubleError = failed.error;
    // @ts-expect-error No such code is declared by Errno.
    if (error.code === 17) return;
    void one;
  }
  // @ts-expect-error A method that declares no error has no such form.
  desk.result.make(1);
  // @ts-expect-error Nor does it block.
  desk.result.failSync(1);
  await desk.result.fail(1, { timeoutMs: 10 });
  // @ts-expect-error An interface without errors has none of it.
  counter.result;
}

/** `.early` has the methods whose whole result is one object, which it returns at once. */
export async function earlyCalls(): Promise<void> {
  using made: Counter = desk.early.make(1, { timeoutMs: 10 });
  await made.add(1);
  // @ts-expect-error It is the object and no promise.
  desk.early.make(1).then;
  // @ts-expect-error A list of objects is none.
  desk.early.makeMany(1);
  // @ts-expect-error Nor is one that may not be there.
  desk.early.giveBack();
  // @ts-expect-error A callback is not called early.
  desk.early.giveToldBack();
  // @ts-expect-error Nothing of it blocks.
  desk.early.makeSync(1);
  // @ts-expect-error An interface whose methods bring no object has none of it.
  counter.early;
}

/** A stub or an implementation may be given, and a stub is what arrives. */
export async function objects(): Promise<void> {
  await desk.keep(counter);
  await desk.keep(counterImpl);
  await desk.keep({ add: (by) => by, [Symbol.dispose]() {} });
  // @ts-expect-error A number is not a counter.
  await desk.keep(3);
  // @ts-expect-error Another object is not a counter.
  await desk.keep({ sub: () => 1 });
  await desk.sum([counter, counterImpl]);
  const made: Counter = await desk.make(1);
  // A stub serves as an implementation, and not the other way round.
  const serving: CounterImpl = made;
  // @ts-expect-error An implementation need not be asynchronous, and cannot be disposed of.
  const stub: Counter = counterImpl;
  void [serving, stub];
  const pair: PairInit = { counter: counterImpl };
  await desk.put(pair);
  using back = await desk.giveBack();
  // @ts-expect-error Nothing may have been kept.
  back.add(1);
  back?.add(1);
}

/** A callback is a function on either side. */
export async function callbacks(): Promise<void> {
  const implementation: ToldImpl = (text, times, { method }) => text.length + times + method.length;
  await desk.keepTold(implementation);
  await desk.keepTold(told);
  await desk.keepTold(async (_text: string, times: number) => times);
  // @ts-expect-error The text is a string.
  await desk.keepTold((text: number) => text);
  // @ts-expect-error It answers with a number.
  await desk.keepTold(() => "often");
  const count: number = await told("text", undefined, { timeoutMs: 5 });
  // @ts-expect-error A callback that arrived is asked, not computed.
  const now: number = told("text");
  told[Symbol.dispose]();
  void [count, now];
}

/** Each end gives what its role offers, and has what the other's does. */
export function channels(open: Parameters<typeof connectAsGuest>[0]): void {
  const { host } = connectAsGuest(open, { desk: deskImpl });
  host.desk.make(1);
  host.narrow.wait();
  const { guest } = acceptGuest(open, { desk: deskImpl, narrow: narrowImpl }, { limits: { inflight: 20 } });
  guest.desk.make(1);
  // @ts-expect-error The guest does not offer that.
  guest.narrow;
  // @ts-expect-error The host has to serve all that it offers.
  acceptGuest(open, { desk: deskImpl });
  // @ts-expect-error What a role offers is not the options' to say.
  acceptGuest(open, { desk: deskImpl, narrow: narrowImpl }, { offers: [] });
  office.guest.options({ desk: deskImpl });
  // @ts-expect-error There are two roles.
  office.visitor;
}
