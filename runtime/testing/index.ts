/** What tests import, and production code does not: fakes of interfaces, and the check that nothing is left open. */

export { type CallOutcome, REDACTED, type RecordedCall } from "./call-log.ts";
export { createFake, type Fake, type Fakeable, type FakeOptions } from "./fake.ts";
export type { Fault, FaultOptions } from "./faults.ts";
export { expectNoLeaks, type LeakOptions } from "./leaks.ts";
