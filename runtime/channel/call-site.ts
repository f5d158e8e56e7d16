/** Finds the place in a program that calls into the runtime: the stack without the runtime's and the stubs' own frames. */

/** Frames of the program that are kept. */
const KEPT_FRAMES = 4;
/** Frames to look at: those of the runtime, and then the program's. */
const LOOKED_AT_FRAMES = 32;

/** The program's frames, the innermost first, as V8 writes them but for the `at`. */
export function callSite(): readonly string[] {
  const frames = stackFrames();
  return frames.slice(firstOutside(frames)).filter(isOfTheProgram).slice(0, KEPT_FRAMES);
}

function stackFrames(): readonly string[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = LOOKED_AT_FRAMES;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = before;
  return stack.split("\n").flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? []);
}

/** A stub's method is the frame that calls the runtime's `stub.ts`, so it goes with it. */
function firstOutside(frames: readonly string[]): number {
  const runtime = new URL("../", import.meta.url);
  let first = 0;
  for (let frame = frames[0]; frame !== undefined; frame = frames[first]) {
    // Stacks name files by URL or, where a source map was applied, by path.
    const inside = frame.includes(runtime.href) || frame.includes(runtime.pathname);
    if (!inside && !frame.endsWith("(<anonymous>)")) break;
    first += /\/channel\/stub\.[jt]s:/.test(frame) ? 2 : 1;
  }
  return first;
}

function isOfTheProgram(frame: string): boolean {
  return !/\(?node:|\(<anonymous>\)$/.test(frame);
}
