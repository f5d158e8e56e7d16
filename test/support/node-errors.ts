/** The real thing: what Node's own functions throw. */

/** What a function of Node's throws, which it is to do. */
export function nodes(act: () => void): NodeJS.ErrnoException & { dest?: string } {
  try {
    act();
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error("it was to fail");
}
