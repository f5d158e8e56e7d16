/** One call of the file family as data, made on a broker or on the host itself, with an outcome that can be compared. */

import fs from "node:fs";
import { OpenFlags } from "../../../generated/files.ts";
import type { GrantedFiles } from "../../../runtime/files/granted-files.ts";

/** A call and its arguments: paths as the namespace has them, flags by their names. */
export type Call =
  | readonly ["open", path: string, flags: string, mode?: number]
  | readonly ["truncate", path: string, length: number]
  | readonly ["chmod" | "access" | "mkdir", path: string, mode?: number]
  | readonly ["rename" | "link" | "symlink", path: string, dest: string]
  | readonly ["stat" | "lstat" | "readlink" | "readdir" | "rmdir" | "unlink", path: string]
  | readonly ["statfs" | "utimes" | "mkdtemp", path: string];

const nodeFlags: { readonly [flag: string]: number } = {
  append: fs.constants.O_APPEND,
  create: fs.constants.O_CREAT,
  exclusive: fs.constants.O_EXCL,
  truncate: fs.constants.O_TRUNC,
  directory: fs.constants.O_DIRECTORY,
  noFollow: fs.constants.O_NOFOLLOW,
};

/** The bits of flags given by name: `"read|create"`. */
export function openFlags(text: string): number {
  return text.split("|").reduce((bits, name) => bits | OpenFlags[name as keyof typeof OpenFlags], 0);
}

/** Makes a call on a broker. Gives `ok`, what was read, or the error's code. */
export async function outcomeOf(files: GrantedFiles, call: Call): Promise<string> {
  return settle(async () => {
    switch (call[0]) {
      case "open": {
        using fd = files.open(call[1], openFlags(call[2]), call[3] ?? 0o644);
        return contents(fd.fd);
      }
      case "stat":
      case "lstat": {
        const { mode, size } = files[call[0]](call[1]);
        return facts(mode, size);
      }
      case "readdir":
        return (await files.readdir(call[1]))
          .map((entry) => entry.name)
          .sort()
          .join(" ");
      case "readlink":
        return files.readlink(call[1]);
      case "rename":
      case "link":
      case "symlink":
        return files[call[0]](call[1], call[2]);
      case "rmdir":
      case "unlink":
        return files[call[0]](call[1]);
      case "chmod":
      case "access":
      case "mkdir":
        return files[call[0]](call[1], call[2] ?? 0);
      case "truncate":
        return files.truncate(call[1], call[2]);
      case "utimes":
        return files.utimes(call[1], { seconds: 1, nanoseconds: 0 }, { seconds: 2, nanoseconds: 0 });
      case "statfs":
        return files.statfs(call[1]).type === 0 ? "none" : "ok";
      case "mkdtemp":
        return files.mkdtemp(call[1]).slice(0, call[1].length);
    }
  });
}

/** Makes the same call on the host, with every path beneath `base`. */
export async function hostOutcomeOf(base: string, call: Call): Promise<string> {
  const path = base + call[1];
  return settle(async () => {
    switch (call[0]) {
      case "open": {
        const names = call[2].split("|");
        const writes = names.includes("write");
        const access = writes ? (names.includes("read") ? fs.constants.O_RDWR : fs.constants.O_WRONLY) : 0;
        const fd = fs.openSync(
          path,
          names.reduce((bits, name) => bits | (nodeFlags[name] ?? 0), access),
          call[3] ?? 0o644,
        );
        try {
          return contents(fd);
        } finally {
          fs.closeSync(fd);
        }
      }
      case "stat":
      case "lstat": {
        const { mode, size } = call[0] === "stat" ? fs.statSync(path) : fs.lstatSync(path);
        return facts(mode, size);
      }
      case "readdir":
        return fs.readdirSync(path).sort().join(" ");
      case "readlink":
        return fs.readlinkSync(path);
      case "rename":
        return fs.renameSync(path, base + call[2]);
      case "link":
        return fs.linkSync(path, base + call[2]);
      case "symlink":
        return fs.symlinkSync(call[1], base + call[2]);
      case "rmdir":
        return fs.rmdirSync(path);
      case "unlink":
        return fs.unlinkSync(path);
      case "chmod":
        return fs.chmodSync(path, call[2] ?? 0);
      case "access":
        return fs.accessSync(path, call[2] ?? 0);
      case "mkdir":
        return void fs.mkdirSync(path, call[2] ?? 0);
      case "truncate":
        return truncateHost(path, call[2]);
      case "utimes":
        return fs.utimesSync(path, 1, 2);
      case "statfs":
        return fs.statfsSync(path).type === 0 ? "none" : "ok";
      case "mkdtemp":
        return fs.mkdtempSync(path).slice(base.length, path.length);
    }
  });
}

async function settle(call: () => Promise<unknown>): Promise<string> {
  try {
    return String((await call()) ?? "ok");
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    // Anything but an errno error is a fault of the broker or of the test.
    if (typeof code !== "string" || typeof errno !== "number") throw error;
    return code;
  }
}

function contents(fd: number): string {
  const stat = fs.fstatSync(fd);
  if (stat.isDirectory()) return "directory";
  try {
    return `file ${JSON.stringify(fs.readFileSync(fd, "utf8"))}`;
  } catch {
    return `write-only ${stat.size}`;
  }
}

function facts(mode: number, size: number): string {
  const directory = (mode & 0o170000) === 0o040000;
  return `${mode.toString(8)} ${directory ? "" : size}`;
}

/** As truncate(2); Node's own opens the file first, which has other errors. */
function truncateHost(path: string, length: number): void {
  const stat = fs.statSync(path);
  if (stat.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR", errno: -21 });
  fs.truncateSync(path, length);
}
