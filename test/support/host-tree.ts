/** Trees of real files, made from a description in a temporary directory and removed with everything in them. */

import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A path in the tree to what is there: a file's text, `dir`, or a link to something. */
export interface HostTree {
  readonly [path: string]: string | "dir" | { readonly link: string } | { readonly hard: string };
}

/** In memory where that can be: suites make thousands of trees. */
const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A fresh temporary directory with a tree in it. The caller disposes it. */
export class HostDirectory implements Disposable {
  readonly path: string;

  constructor(tree: HostTree = {}) {
    this.path = mkdtempSync(join(parent, "postern-"));
    for (const [path, what] of Object.entries(tree)) this.add(path, what);
  }

  /** Puts one more thing in the tree. */
  add(path: string, what: HostTree[string]): void {
    const at = this.at(path);
    mkdirSync(what === "dir" ? at : dirname(at), { recursive: true });
    if (what === "dir") chmodSync(at, 0o755);
    else if (typeof what === "string") writeFileSync(at, what);
    else if ("link" in what) symlinkSync(what.link, at);
    else linkSync(this.at(what.hard), at);
  }

  /** The host's path of something in the tree. */
  at(path: string): string {
    return join(this.path, path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
