/** The broker beside Linux itself: the same calls on two equal trees, one of them reached through a grant. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { filesIn, type GrantedFiles } from "../../../runtime/files/granted-files.ts";
import type { Grant } from "../../../runtime/files/grants.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { calls, tree } from "./cases.ts";
import { type Call, hostOutcomeOf, outcomeOf } from "./outcome.ts";

const test = suite("files beside linux");
leavesNothingOpen(test);

/** The tree twice: once for the broker, once for Linux. Made anew only after a call that has changed something. */
class Twins implements Disposable {
  #ours = new HostDirectory(tree);
  #theirs = new HostDirectory(tree);
  readonly #grants: (from: string) => readonly Grant[];
  #files: GrantedFiles;

  constructor(grants: (from: string) => readonly Grant[]) {
    this.#grants = grants;
    this.#files = filesIn(grants(this.#ours.path), { directories: true });
  }

  /** Makes a call on both. Gives what differs, or nothing. */
  async difference(call: Call): Promise<string | undefined> {
    const ours = await outcomeOf(this.#files, call);
    const theirs = await hostOutcomeOf(this.#theirs.path, call);
    if (!/^E[A-Z]+$/.test(ours) || ours !== theirs) this.#renew();
    return ours === theirs
      ? undefined
      : `${call.map((part) => String(part).slice(0, 40)).join(" ")}: ${ours}, not ${theirs}`;
  }

  #renew(): void {
    this[Symbol.dispose]();
    this.#ours = new HostDirectory(tree);
    this.#theirs = new HostDirectory(tree);
    this.#files = filesIn(this.#grants(this.#ours.path), { directories: true });
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    this.#ours[Symbol.dispose]();
    this.#theirs[Symbol.dispose]();
  }
}

async function differences(
  grants: (from: string) => readonly Grant[],
  made: readonly Call[],
): Promise<readonly string[]> {
  using twins = new Twins(grants);
  const found: string[] = [];
  for (const call of made) found.push(...[await twins.difference(call)].filter((text) => text !== undefined));
  return found;
}

const operations = [...new Set(calls.map(([operation]) => operation))];

for (const operation of operations) {
  const made = calls.filter((call) => call[0] === operation);

  test(`${operation} is Linux's in a grant, in ${made.length} cases`, async () => {
    assert.equal(await differences((from) => [{ at: "/", from, access: "write" }], made), []);
  });

  test(`${operation} is Linux's where every link and every .. has to be walked, in ${made.length} cases`, async () => {
    const nested = (from: string): readonly Grant[] => [
      { at: "/", from, access: "write" },
      { at: "/inner/grant", from: "/usr", access: "read" },
    ];
    // The root has one more name than the host's.
    const same = made.filter((call) => !(call[0] === "readdir" && /^[/.]*$|self|dir\/\.\.$/.test(call[1])));
    assert.equal(await differences(nested, same), []);
  });
}

test.run();
