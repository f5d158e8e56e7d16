import { suite } from "uvu";
import * as assert from "uvu/assert";
import { harmless } from "../../../generator/emit/docs.ts";
import {
  addedParameterName,
  armName,
  declarationName,
  errorArmName,
  errorClassName,
  errorNames,
  fieldName,
  memberName,
  methodName,
  openingNames,
  outputPath,
  parameterName,
  roleMemberName,
  roleTypeName,
} from "../../../generator/emit/naming.ts";
import type { ErrorEnum } from "../../../generator/model/model.ts";

const test = suite("emit: names");

const none = new Set<string>();

for (const [what, name, tables] of [
  [
    "declaration",
    declarationName,
    { class: "class$", any: "any$", readonly: "readonly$", Promise: "Promise", of: "of", e: "e$", f: "f" },
  ],
  [
    "field",
    fieldName,
    { constructor: "constructor$", toString: "toString$", then: "then$", toJSON: "toJSON$", of: "of" },
  ],
  ["member", memberName, { constructor: "constructor", toString: "toString", default: "default" }],
  [
    "method",
    methodName,
    {
      then: "then$",
      constructor: "constructor$",
      new: "new$",
      delete: "delete",
      open: "open",
      result: "result$",
      early: "early$",
    },
  ],
  [
    "parameter",
    (name: string) => parameterName(name, none),
    { this: "this$", await: "await$", eval: "eval$", of: "of", constructor: "constructor" },
  ],
] as const) {
  for (const [written, expected] of Object.entries(tables))
    test(`the ${what} ${written} is emitted as ${expected}`, () => assert.is(name(written), expected));
}

test("a member called __proto__ would set a prototype, and gets another name", () => {
  assert.is(memberName("__proto__"), "__proto__$");
});

test("an arm called unknown leaves that name, in a flexible union, to the one that is not known", () => {
  assert.is(armName("unknown", { strict: false }), "unknown$");
  assert.is(armName("unknown", { strict: true }), "unknown");
  assert.is(armName("__proto__", { strict: true }), "__proto__$");
  assert.is(armName("constructor", { strict: false }), "constructor");
});

test("an error union called an error gives that name to its class, another to its arms", () => {
  assert.is(errorArmName("ScriptError"), "ScriptErrorArm");
  assert.is(errorArmName("Trouble"), "Trouble");
  assert.is(errorClassName("Trouble"), "TroubleError");
  assert.is(errorArmName("any"), "any$");
});

test("every name that each object inherits is kept from methods", () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) assert.is(methodName(name), `${name}$`);
});

test("a parameter does not hide what a default refers to, even when its own name is reserved", () => {
  assert.is(parameterName("Mode", new Set(["Mode"])), "Mode$");
  assert.is(parameterName("function", new Set(["function$"])), "function$$");
});

test("a parameter that the emitter adds goes out of the way of a declared one", () => {
  assert.is(addedParameterName("options", ["path"]), "options");
  assert.is(addedParameterName("options", ["path", "options"]), "options$");
});

test("an error that is called one already gives its name to the class", () => {
  const named = (name: string) => errorNames({ name } as ErrorEnum); // The name is all that is looked at.
  assert.equal(named("Errno"), { values: "Errno", code: "ErrnoCode", class: "ErrnoError" });
  assert.equal(named("ParseError"), { values: "ParseErrorCode", code: "ParseErrorCode", class: "ParseError" });
});

test("a source becomes a file of its own name in the output directory, wherever it is", () => {
  assert.is(outputPath("idl/files.idl"), "files.ts");
  assert.is(outputPath("../../files.idl"), "files.ts");
  assert.is(outputPath("files"), "files.ts");
});

for (const [text, expected] of [
  ["*/", "*\\/"],
  ["**//*/", "**\\//*\\/"],
  ["*\\/", "*\\/"],
  ["\u202eevil\u202c", "\\u{202e}evil\\u{202c}"],
  ["a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
  ["nul \0 and bell \x07", "nul \\u{0} and bell \\u{7}"],
  ["\ud800 alone", "\\u{d800} alone"],
  ["👩‍👧 and tab\t", "👩‍👧 and tab\t"],
  ["@ts-ignore", "`@ts-ignore`"],
  ["`@ts-ignore`", "`@ts-ignore`"],
  ["//# sourceMappingURL=x", "//`# sourceMappingURL=`x"],
  ["@example f(a, b); // {@link x}", "@example f(a, b); // {@link x}"],
] as const) {
  test(`in a comment ${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () =>
    assert.is(harmless(text), expected));
}

test("what an error is imported as gives its class a name by the same rule", () => {
  assert.is(errorClassName("Errno"), "ErrnoError");
  assert.is(errorClassName("ParseError"), "ParseError");
});

test("a role gives its name to what it offers and to what opens a channel", () => {
  assert.is(roleTypeName("Sandbox", "broker"), "SandboxBroker");
  assert.equal(openingNames("broker"), { connect: "connectAsBroker", accept: "acceptBroker" });
});

test("a role goes out of the way of the channel that it stands beside", () => {
  assert.is(roleMemberName("channel"), "channel$");
  assert.is(roleMemberName("host"), "host");
});

test.run();
