/** Structs and tables: the interface of what is read, that of what is written where it is another, and the codec. */

import type { InterfaceDeclarationStructure, OptionalKind, PropertySignatureStructure } from "ts-morph";
import { type Field, type Struct, type Table, type TableField, underlying } from "../model/model.ts";
import { type Comment, commentOf, docsStructure, harmless, oneLine } from "./docs.ts";
import { decodeExpression, encodeExpression } from "./marshal.ts";
import { fieldName, initName } from "./naming.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { codecStatement, type Statement } from "./statements.ts";
import { StructureKind } from "./ts-morph.ts";
import { typeText } from "./types.ts";
import { valueExpression } from "./values.ts";
import { declarationViewsDiffer, isResource, isUnboundedlyDeep, type View } from "./views.ts";

/** Describes all that a struct or table becomes. */
export function recordStatements(declaration: Struct | Table, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const initializer = declaration.kind === "struct" ? structCodec(declaration, scope) : tableCodec(declaration, scope);
  return [...recordInterfaces(declaration, scope), codecStatement(declaration, scope, name, initializer)];
}

/** Describes the interfaces of a struct or table: what is read, and what is written if that is another. */
function recordInterfaces(record: Struct | Table, scope: ModuleScope): InterfaceDeclarationStructure[] {
  const name = scope.localName(record);
  const read = recordInterface(record, name, "read", commentOf(record), scope);
  if (!declarationViewsDiffer(record)) return [read];
  return [read, recordInterface(record, initName(name), "written", writtenComment(name), scope)];
}

/** Says what the written view of a type is for. */
export function writtenComment(name: string): Comment {
  return oneLine(`What is written for {@link ${name}}.`);
}

/** Prints the codec of a struct. */
function structCodec(struct: Struct, scope: ModuleScope): string {
  return render("struct-codec", {
    deep: isUnboundedlyDeep(struct) && scope.localName(struct),
    dispose: disposeProperty(struct, scope),
    fields: struct.members.map((field) => fieldView(field, scope)),
  });
}

/** Prints the codec of a table; its fields are written in the order of their ordinals. */
function tableCodec(table: Table, scope: ModuleScope): string {
  const ascending = [...table.members].sort((a, b) => a.ordinal - b.ordinal);
  return render("table-codec", {
    draft: `${scope.runtimeType("Draft")}<${scope.localName(table)}>`,
    dispose: disposeProperty(table, scope),
    fields: ascending.map((field) => ({
      ...fieldView(field, scope),
      ordinal: field.ordinal,
      default: defaultText(field, scope) ?? "undefined",
    })),
  });
}

/** Prints the property by which a value that was read is disposed of; nothing for what holds nothing. */
export function disposeProperty(declaration: Parameters<typeof isResource>[0], scope: ModuleScope): string | undefined {
  if (!isResource(declaration)) return undefined;
  return `[${scope.globalType("Symbol")}.dispose]: ${scope.runtimeValue("disposeHeld")}`;
}

function recordInterface(
  record: Struct | Table,
  name: string,
  view: View,
  comment: Comment | undefined,
  scope: ModuleScope,
): InterfaceDeclarationStructure {
  const property = record.kind === "struct" ? structProperty : tableProperty;
  return {
    kind: StructureKind.Interface,
    name,
    isExported: true,
    docs: docsStructure(comment),
    extends: view === "read" && isResource(record) ? [scope.globalType("Disposable")] : [],
    // A table's fields are fields with something more.
    properties: record.members.map((field) => property(field as TableField, view, scope)),
  };
}

type Property = OptionalKind<PropertySignatureStructure>;

function structProperty(field: Field, view: View, scope: ModuleScope): Property {
  return {
    name: fieldName(field.name),
    isReadonly: true,
    hasQuestionToken: underlying(field.type).kind === "optional",
    type: typeText(field.type, scope, view),
    docs: view === "read" ? docsStructure(commentOf(field)) : [],
  };
}

/** Any field may be absent when it is written; to its reader one with a default never is. */
function tableProperty(field: TableField, view: View, scope: ModuleScope): Property {
  const type = typeText(field.type, scope, view);
  const present = view === "read" && field.default !== undefined;
  const value = defaultText(field, scope);
  const defaults = value === undefined ? [] : [`Defaults to \`${harmless(value)}\`.`];
  return {
    name: fieldName(field.name),
    isReadonly: true,
    hasQuestionToken: !present,
    type: present ? type : `${type} | undefined`,
    docs: view === "read" ? docsStructure(commentOf(field)) : defaults,
  };
}

function fieldView(field: Field, scope: ModuleScope): { name: string; encode: string; decode: string } {
  const name = fieldName(field.name);
  return {
    name,
    encode: encodeExpression(field.type, `v.${name}`, scope),
    decode: decodeExpression(field.type, scope),
  };
}

function defaultText({ default: value, type }: TableField, scope: ModuleScope): string | undefined {
  return value && valueExpression(value, type, scope);
}
