/** Starts probe-worker.ts: a Worker does not inherit tsx. */
import { register } from "tsx/esm/api";

register();
await import("./probe-worker.ts");
