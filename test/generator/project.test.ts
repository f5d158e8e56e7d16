import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chooseExtension } from "../../generator/project.ts";

const test = suite("project");

function chosen(files: Record<string, unknown>): string {
  const readFile = (path: string) => {
    const file = files[path];
    return file === undefined || typeof file === "string" ? file : JSON.stringify(file);
  };
  return chooseExtension("/project/src/generated", readFile).extension;
}

const options = (compilerOptions: object) => ({ compilerOptions });

for (const [what, files, expected] of [
  ["nothing at all", {}, ".js"],
  ["a package of modules", { "/project/package.json": { type: "module" } }, ".js"],
  ["allowed .ts imports", { "/project/tsconfig.json": options({ allowImportingTsExtensions: true }) }, ".ts"],
  ["rewritten .ts imports", { "/project/tsconfig.json": options({ rewriteRelativeImportExtensions: true }) }, ".ts"],
  ["nodenext", { "/project/tsconfig.json": options({ module: "NodeNext" }) }, ".js"],
  ["bundler resolution", { "/project/tsconfig.json": options({ moduleResolution: "Bundler" }) }, "none"],
  [
    "bundler resolution in a package of modules",
    { "/project/package.json": { type: "module" }, "/project/tsconfig.json": options({ moduleResolution: "bundler" }) },
    "none",
  ],
  [
    "allowed .ts imports with bundler resolution",
    { "/project/tsconfig.json": options({ moduleResolution: "bundler", allowImportingTsExtensions: true }) },
    ".ts",
  ],
  [
    "the nearest of two",
    {
      "/project/tsconfig.json": options({ moduleResolution: "bundler" }),
      "/project/src/tsconfig.json": options({ module: "nodenext" }),
    },
    ".js",
  ],
  [
    "what another extends",
    {
      "/project/src/tsconfig.json": { extends: "../base", compilerOptions: { strict: true } },
      "/project/base.json": options({ allowImportingTsExtensions: true }),
    },
    ".ts",
  ],
  [
    "what another extends and takes back",
    {
      "/project/tsconfig.json": { extends: "./base.json", compilerOptions: { allowImportingTsExtensions: false } },
      "/project/base.json": options({ allowImportingTsExtensions: true, module: "nodenext" }),
    },
    ".js",
  ],
  [
    "comments and commas",
    { "/project/tsconfig.json": '{ // "x"\n "compilerOptions": { /* , */ "moduleResolution": "bundler", }, }' },
    "none",
  ],
  [
    "a text with // in it",
    { "/project/tsconfig.json": '{"a":"http://x","compilerOptions":{"module":"preserve"}}' },
    "none",
  ],
  ["what is not JSON", { "/project/tsconfig.json": "{ nonsense" }, ".js"],
  ["what extends itself", { "/project/tsconfig.json": { extends: "./tsconfig.json" } }, ".js"],
] as const) {
  test(`${what} calls for ${expected}`, () => assert.is(chosen(files), expected));
}

test.run();
