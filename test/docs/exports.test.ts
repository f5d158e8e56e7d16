/** Holds the package's entries: everything that they export says what it is for. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ExportedDeclarations, ModuleKind, ModuleResolutionKind, Node, Project, ScriptTarget } from "ts-morph";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../", import.meta.url));
const project = new Project({
  compilerOptions: {
    target: ScriptTarget.ES2022,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  },
  skipLoadingLibFiles: true,
});

/** Whether a declaration has a doc comment; of a variable it is the statement that has it. */
function isDocumented(declaration: ExportedDeclarations): boolean {
  const node = Node.isVariableDeclaration(declaration) ? declaration.getVariableStatementOrThrow() : declaration;
  return Node.isJSDocable(node) && node.getJsDocs().some((doc) => doc.getDescription().trim() !== "");
}

/** The names that an entry exports without a doc comment. */
function undocumented(entry: string): readonly string[] {
  const exported = project.addSourceFileAtPath(join(root, entry)).getExportedDeclarations();
  assert.ok(exported.size > 0);
  return [...exported].flatMap(([name, declarations]) => (declarations.some(isDocumented) ? [] : [name]));
}

const test = suite("docs: exports");

for (const entry of ["runtime/index.ts", "runtime/npapi/index.ts", "runtime/testing/index.ts"])
  test(`everything that ${entry} exports has a doc comment`, () => {
    assert.equal(undocumented(entry), []);
  });

test("one without is found", () => {
  const bare = project.createSourceFile("bare.ts", "/** Said. */\nexport const a = 1;\nexport function b() {}\n");
  const exported = bare.getExportedDeclarations();
  assert.equal(
    ["a", "b"].map((name) => exported.get(name)!.some(isDocumented)),
    [true, false],
  );
});

test.run();
