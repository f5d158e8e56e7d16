/**
 * Several users of one connection, none of which knows of the others: copies of the runtime in one thread, threads of
 * one process, and programs that it starts. Each has a channel of its own and uses it while the others use theirs.
 */

import { once } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Channel } from "../../runtime/channel/channel.ts";
import { offer } from "../../runtime/channel/interface.ts";
import { spawn } from "../../runtime/spawn.ts";
import { type BundledProgram, bundledProgram } from "../support/bundled-program.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { Probe, Prober } from "../support/probe.ts";
import { until, within } from "../support/within.ts";
import type { Style } from "./fixtures/fork-user.ts";

const USERS = 5;
const START_MS = 60_000;

interface Programs {
  host: BundledProgram;
  user: BundledProgram;
}

const coexisting = suite<Programs>("coexistence");
coexisting.before(async (programs) => {
  programs.host = await bundledProgram(new URL("fixtures/fork-host.ts", import.meta.url));
  programs.user = await bundledProgram(new URL("fixtures/fork-user.ts", import.meta.url));
});
coexisting.after((programs) => {
  programs.host[Symbol.dispose]();
  programs.user[Symbol.dispose]();
});
leavesNothingOpen(coexisting);

for (const socket of ["seqpacket", "stream"] as const)
  for (const style of ["async", "blocking", "both"] satisfies readonly Style[])
    coexisting(`five users make a thousand calls each at once: ${style}, over ${socket}`, async ({ host, user }) => {
      using prober = new Prober();
      const channels: Channel[] = [];
      using child = spawn(process.execPath, [host.path, user.path, style], {
        socket,
        offers: [offer(Probe, prober)],
        stdio: ["ignore", "pipe", "inherit"],
        onFork: (fork) => channels.push(fork),
      });
      channels.push(child.channel);
      let told = "";
      child.process.stdout?.on("data", (chunk) => {
        told += chunk;
      });
      const closed = once(child.process, "close");
      // They wait for each other, or one might be done before another has begun.
      await until(() => prober.waiting.length === USERS, "all users to be there", START_MS);
      for (const waiting of prober.waiting) waiting.answer();
      assert.equal(await within(child.exited, "the end", START_MS), { code: 0, signal: null });
      await within(closed);
      assert.equal(JSON.parse(told), { calls: new Array(USERS).fill(1000), strangers: true });
      assert.equal(
        channels.map(({ counts }) => counts.callsServed),
        new Array(USERS).fill(1001),
      );
      assert.equal(
        await within(Promise.all(channels.map((channel) => channel.closed))),
        new Array(USERS).fill(undefined),
      );
      // Whoever asked before the others were there got no answer to a question of theirs.
      assert.is(new Set(prober.waiting.map(({ text }) => text)).size, USERS);
      assert.is(prober.seen.length, USERS * 1001);
    });

coexisting.run();
