/**
 * Writes a document out again in one canonical layout. Reading what was printed gives the same tree; ordinary comments
 * are not part of a tree and are not printed.
 */

import type * as ast from "./ast.ts";
import { binding } from "./build-expression.ts";
import { writeString } from "./literals.ts";

/** Prints a document, with a newline at its end unless it is empty. */
export function print(document: ast.Document): string {
  const head = document.package === undefined ? [] : [printPackage(document.package)];
  const imports = document.imports.map(printImport).join("");
  const parts = [...head, ...(imports === "" ? [] : [imports]), ...document.declarations.map(printDeclaration)];
  return parts.join("\n");
}

function printPackage(declaration: ast.PackageDeclaration): string {
  const { name, version } = declaration;
  const suffix = version === undefined ? "" : ` @ ${version.major}.${version.minor}`;
  return `${above(declaration, "")}package ${name.text}${suffix};\n`;
}

function printImport({ names, path }: ast.ImportDeclaration): string {
  const list = names.map(({ name, alias }) => (alias === undefined ? name.text : `${name.text} as ${alias.text}`));
  return `import { ${list.join(", ")} } from ${writeString(path.value)};\n`;
}

function printDeclaration(declaration: ast.Declaration): string {
  return `${above(declaration, "")}${printBare(declaration)}\n`;
}

function printBare(declaration: ast.Declaration): string {
  const name = declaration.name.text;
  switch (declaration.kind) {
    case "const":
      return `const ${name}: ${printType(declaration.type)} = ${printExpression(declaration.value)};`;
    case "alias":
      return `type ${name} = ${printType(declaration.type)};`;
    case "enum":
    case "flags":
    case "error":
      return `${words(declaration.openness, declaration.kind, name)}${printBase(declaration.base)} ${block(declaration.members, printValueMember)}`;
    case "union":
      return `${words(declaration.openness, declaration.resource && "resource", declaration.error && "error", "union", name)} ${block(declaration.members, printOrdinalMember)}`;
    case "struct":
      return `${words(declaration.resource && "resource", "struct", name)} ${block(declaration.members, printFieldMember)}`;
    case "table":
      return `${words(declaration.resource && "resource", "table", name)} ${block(declaration.members, printOrdinalMember)}`;
    case "interface":
      return `interface ${name} ${block(declaration.methods, printMethod)}`;
    case "callback":
      return `callback ${name}${printSignature(declaration, "")};`;
    case "channel":
      return `channel ${name} ${block(declaration.roles, printRole)}`;
    case "attribute": {
      const targets = declaration.targets.map((target) => target.text).join(" | ");
      return `attribute ${name} on ${targets} ${block(declaration.parameters, printFieldMember)}`;
    }
  }
}

// ---------------------------------------------------------------- members

function printValueMember({ name, value }: ast.ValueMember): string {
  return `${name.text}${value === undefined ? "" : ` = ${printExpression(value)}`};`;
}

function printOrdinalMember(member: ast.OrdinalMember): string {
  const type = member.type === undefined ? "" : `: ${printType(member.type)}`;
  return `${member.ordinal.text}: ${member.name.text}${type}${printDefault(member.default)};`;
}

function printFieldMember(member: ast.FieldMember): string {
  return `${printParameter(member)};`;
}

function printParameter({ name, type, default: value }: ast.Parameter): string {
  return `${name.text}: ${printType(type)}${printDefault(value)}`;
}

function printMethod(method: ast.MethodDeclaration, indent: string): string {
  const styles = method.modifiers.map((modifier) => `${modifier.kind} `).join("");
  return `${styles}${method.name.text}${printSignature(method, indent)};`;
}

type Signature = Pick<ast.MethodDeclaration, "parameters" | "result" | "throws">;

function printSignature({ parameters, result, throws }: Signature, indent: string): string {
  const returned = result === undefined ? "" : ` -> ${printType(result)}`;
  const thrown = throws.length === 0 ? "" : ` throws ${throws.map((type) => type.name.text).join(" | ")}`;
  return `${printParameters(parameters, indent)}${returned}${thrown}`;
}

/** Prints parameters on one line, or one to a line when one of them has a comment. */
function printParameters(parameters: readonly ast.Parameter[], indent: string): string {
  if (parameters.every(({ doc }) => doc === undefined)) {
    const list = parameters.map((parameter) => `${printAttributes(parameter, " ")}${printParameter(parameter)}`);
    return `(${list.join(", ")})`;
  }
  const inner = `${indent}  `;
  const lines = parameters.map((parameter) => {
    const attributes = printAttributes(parameter, " ");
    return `${printDoc(parameter, inner)}${inner}${attributes}${printParameter(parameter)},\n`;
  });
  return `(\n${lines.join("")}${indent})`;
}

function printRole(role: ast.Role, indent: string): string {
  return `${role.name.text} offers ${block(role.offers, ({ name, type }) => `${name.text}: ${type.name.text};`, indent)}`;
}

function block<Member extends ast.Decorated>(
  members: readonly Member[],
  write: (member: Member, indent: string) => string,
  indent = "",
): string {
  if (members.length === 0) return "{}";
  const inner = `${indent}  `;
  const lines = members.map((member) => `${above(member, inner)}${inner}${write(member, inner)}\n`);
  return `{\n${lines.join("")}${indent}}`;
}

// ---------------------------------------------------------------- what stands above

function above(decorated: ast.Decorated, indent: string): string {
  const attributes = decorated.attributes.map((attribute) => `${indent}${printAttribute(attribute)}\n`);
  return `${printDoc(decorated, indent)}${attributes.join("")}`;
}

function printDoc({ doc }: ast.Decorated, indent: string): string {
  if (doc === undefined) return "";
  // A line of slashes alone would run together with the three in front of it.
  return doc.text
    .split("\n")
    .map((line) => `${indent}///${line === "" ? "" : ` ${line}`}\n`)
    .join("");
}

function printAttributes({ attributes }: ast.Decorated, behind: string): string {
  return attributes.map((attribute) => `${printAttribute(attribute)}${behind}`).join("");
}

function printAttribute(attribute: ast.Attribute): string {
  const list = attribute.arguments.map(({ name, value }) => {
    return name === undefined ? printExpression(value) : `${name.text} = ${printExpression(value)}`;
  });
  return `@${attribute.name.text}${list.length === 0 ? "" : `(${list.join(", ")})`}`;
}

// ---------------------------------------------------------------- types

function printType(type: ast.TypeExpression): string {
  switch (type.kind) {
    case "named":
      return type.name.text;
    case "string":
    case "bytes":
      return type.limit === undefined ? type.kind : `${type.kind}<${printBound(type.limit)}>`;
    case "list":
      return `list<${printType(type.element)}${printLimit(type.limit)}>`;
    case "map":
      return `map<${printType(type.key)}, ${printType(type.value)}${printLimit(type.limit)}>`;
    case "stream":
      return `stream<${printType(type.element)}>`;
    case "fd":
      return printFd(type);
    case "reference":
      return `${type.ownership} ${printType(type.target)}`;
    case "optional":
      return `${printType(type.inner)}?`;
  }
}

function printFd({ kinds, rights }: ast.FdType): string {
  if (kinds.length === 0) return "fd";
  const list = rights.map(({ name, optional }) => `, ${name.text}${optional ? "?" : ""}`);
  return `fd<${kinds.map((kind) => kind.text).join(" | ")}${list.join("")}>`;
}

function printBase(base: ast.TypeExpression | undefined): string {
  return base === undefined ? "" : ` : ${printType(base)}`;
}

function printDefault(value: ast.Expression | undefined): string {
  return value === undefined ? "" : ` = ${printExpression(value)}`;
}

function printLimit(limit: ast.Expression | undefined): string {
  return limit === undefined ? "" : `, ${printBound(limit)}`;
}

// ---------------------------------------------------------------- expressions

function printExpression(expression: ast.Expression): string {
  switch (expression.kind) {
    case "integer":
    case "float":
    case "unreadable":
      return expression.text;
    case "string":
      return writeString(expression.value);
    case "boolean":
      return String(expression.value);
    case "name":
      return expression.path.map((name) => name.text).join(".");
    case "unary":
      return `${expression.operator}${printOperand(expression.operand, Number.POSITIVE_INFINITY)}`;
    case "binary": {
      const own = binding[expression.operator];
      // Operators group to the left, so an equal one on the right needs its parentheses.
      return `${printOperand(expression.left, own)} ${expression.operator} ${printOperand(expression.right, own + 1)}`;
    }
  }
}

/** Prints an operand, in parentheses if it binds less tightly than its place asks for. */
function printOperand(operand: ast.Expression, asked: number): string {
  const text = printExpression(operand);
  return operand.kind === "binary" && binding[operand.operator] < asked ? `(${text})` : text;
}

/** Prints a limit, in parentheses if a right shift in it would close the type. */
function printBound(limit: ast.Expression): string {
  const text = printExpression(limit);
  return text.includes(">>") && limit.kind !== "name" ? `(${text})` : text;
}

function words(...all: readonly (string | false | undefined)[]): string {
  return all.filter(Boolean).join(" ");
}
