/** Waits with an end: no test may hang, whatever it waits for. */

/** What a promise comes to, or a rejection that says what did not happen within so many milliseconds. */
export async function within<T>(promise: PromiseLike<T>, what = "what is awaited", ms = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until a condition holds, looking after each turn of the event loop. Rejects when it does not in time. */
export async function until(condition: () => boolean, what = "the condition", ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true within ${ms} ms`);
    await turn();
  }
}

/** Lets the event loop turn, so that what is under way on sockets and in microtasks gets on. */
export async function turn(times = 1): Promise<void> {
  for (let count = 0; count < times; count++) await new Promise((resolve) => setImmediate(resolve));
}

/** The same promise, whose rejection is nobody's affair if the test ends before it looks. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** What a promise rejects with; a rejection of its own if it resolves, or stays open. */
export function rejection(promise: PromiseLike<unknown>, ms = 10_000): Promise<unknown> {
  const turned = Promise.resolve(promise).then(
    (value) => {
      throw new Error(`It was to be rejected and resolved with ${String(value)}.`);
    },
    (reason: unknown) => reason,
  );
  return quiet(within(turned, "a rejection", ms));
}

/** Something that a test lets happen: `passed` settles when it is opened. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
