/** Limits: what is not given is the default, and what is impossible is refused at once. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { completeLimits, defaultLimits, type Limits, MAX_DESCRIPTORS, minimumLimits } from "../../runtime/limits.ts";

const limits = suite("limits");

limits("nothing given is the default", () => {
  assert.equal(completeLimits(), defaultLimits);
  assert.equal(completeLimits({}), defaultLimits);
});

limits("each can be set by itself", () => {
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const value = minimumLimits[name] + 1;
    assert.equal(completeLimits({ [name]: value }), { ...defaultLimits, [name]: value });
  }
});

limits("the ends of each range are in it", () => {
  assert.equal(completeLimits(minimumLimits), minimumLimits);
  const wide = 2 ** 31 - 1;
  const most = { message: wide, fds: MAX_DESCRIPTORS, inflight: wide, exports: wide, queue: wide, forks: wide };
  assert.equal(completeLimits(most), most);
});

limits("what lies outside is refused by name and range", () => {
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const most = name === "fds" ? MAX_DESCRIPTORS : 2 ** 31 - 1;
    for (const value of [
      minimumLimits[name] - 1,
      most + 1,
      -1,
      1.5 + minimumLimits[name],
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "4096",
      null,
    ])
      assert.throws(
        () => completeLimits({ [name]: value }),
        (error: Error) => error instanceof RangeError && error.message.includes(`limits.${name} is`),
        `${name} ${value}`,
      );
  }
});

limits.run();
