/** Holds the pages of the documentation together: every link leads somewhere, and the index leads to every page. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md", "bench/README.md"],
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];

/** A page without what is code in it. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), "utf8")
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "``");
}

/** The anchors of a page's headings, as GitHub makes them: the second of a name is `name-1`. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const anchors = new Set<string>();
  for (const [, heading] of text.matchAll(/^#+ (.*)$/gm)) {
    const slug = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where the links of a page lead, but for those that leave the repository. */
function linksOf(page: string): readonly string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** What is wrong with a link of a page; nothing where it leads somewhere. */
function faultOf(page: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(root, join(root, dirname(page), path));
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor !== undefined && !anchorsOf(target).has(anchor)) return `${link}: ${target} has no such heading`;
  return undefined;
}

const test = suite("docs: links");

for (const page of pages)
  test(`the links of ${page} lead somewhere`, () => {
    const faults = linksOf(page).flatMap((link) => faultOf(page, link) ?? []);
    assert.equal(faults, []);
  });

test("a link to nothing is found", () => {
  assert.ok(faultOf("docs/README.md", "nowhere.md"));
  assert.ok(faultOf("docs/README.md", "language.md#nowhere"));
  assert.ok(faultOf("docs/README.md", "#nowhere"));
  assert.is(faultOf("docs/README.md", "language.md#files-packages-and-imports"), undefined);
});

test("the index has every page, each with a sentence", () => {
  const entries = [...proseOf("docs/README.md").matchAll(/^\* \[[^\]]+\]\((\w+\.md)\): .+[.?]$/gm)];
  const names = readdirSync(join(root, "docs")).filter((name) => name !== "README.md");
  assert.equal(entries.map(([, name]) => name!).toSorted(), names.toSorted());
});

test.run();
