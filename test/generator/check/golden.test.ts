import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import { check } from "../../../generator/compile.ts";
import { report } from "../../../generator/report.ts";
import { goldenCases, goldenPath, matchesGolden, noStaleGoldens } from "../../support/golden.ts";

const test = suite("check: golden files");

for (const name of goldenCases("check")) {
  test(name, () => {
    const folder = goldenPath("check", name);
    const inputs = readdirSync(folder).filter((file) => file.endsWith(".idl"));
    const readFile = (path: string) => (inputs.includes(path) ? readFileSync(join(folder, path), "utf8") : undefined);
    const { diagnostics } = check(["main.idl"], { readFile });
    matchesGolden(join(folder, "expected.txt"), report(diagnostics, { format: "text", color: false }));
    noStaleGoldens(folder, new Set([...inputs, "expected.txt"]));
  });
}

test.run();
