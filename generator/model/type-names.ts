/** The words that mean types: our own, and those that people bring along from elsewhere. */

import { integerTypes } from "./integers.ts";
import type { DescriptorKind, DescriptorRight, Type } from "./model.ts";

/** The scalar types by name. */
export const scalars: ReadonlyMap<string, Type> = new Map<string, Type>([
  ["bool", { kind: "bool" }],
  ["f32", { kind: "float", name: "f32" }],
  ["f64", { kind: "float", name: "f64" }],
  ...integerTypes,
]);

/** Types that are spelled with a keyword, for suggestions. */
export const constructors: readonly string[] = ["string", "bytes", "list", "map", "stream", "fd"];

/** What neighbouring languages call our types. */
export const neighbours: ReadonlyMap<string, string> = new Map([
  ...["i8", "i16", "i32", "i64"].flatMap((name): [string, string][] => [
    [`int${name.slice(1)}`, name],
    [`int${name.slice(1)}_t`, name],
    [`s${name.slice(1)}`, name],
    [`sint${name.slice(1)}`, name],
  ]),
  ...["u8", "u16", "u32", "u64"].flatMap((name): [string, string][] => [
    [`uint${name.slice(1)}`, name],
    [`uint${name.slice(1)}_t`, name],
  ]),
  ["int", "i32"],
  ["integer", "i32"],
  ["short", "i16"],
  ["long", "i64"],
  ["uint", "u32"],
  ["unsigned", "u32"],
  ["byte", "u8"],
  ["char", "u8"],
  ["octet", "u8"],
  ["size_t", "u64"],
  ["ssize_t", "i64"],
  ["usize", "u64"],
  ["isize", "i64"],
  ["off_t", "i64"],
  ["bigint", "i64"],
  ["number", "f64"],
  ["float", "f32"],
  ["float32", "f32"],
  ["float64", "f64"],
  ["double", "f64"],
  ["boolean", "bool"],
  ["Boolean", "bool"],
  ["String", "string"],
  ["str", "string"],
  ["text", "string"],
  ["Text", "string"],
  ["Buffer", "bytes"],
  ["Uint8Array", "bytes"],
  ["ArrayBuffer", "bytes"],
  ["binary", "bytes"],
  ["blob", "bytes"],
  ["data", "bytes"],
  ["Data", "bytes"],
  ["array", "list"],
  ["Array", "list"],
  ["vector", "list"],
  ["vec", "list"],
  ["Vec", "list"],
  ["List", "list"],
  ["sequence", "list"],
  ["repeated", "list"],
  ["Map", "map"],
  ["dict", "map"],
  ["Record", "map"],
  ["Stream", "stream"],
  ["AsyncIterable", "stream"],
  ["ReadableStream", "stream"],
  ["FileHandle", "fd"],
  ["Fd", "fd"],
  ["handle", "fd"],
]);

/** The kinds of descriptors. */
export const descriptorKinds: ReadonlySet<string> = new Set<DescriptorKind>([
  "file",
  "dir",
  "pipe",
  "stream",
  "seqpacket",
  "dgram",
  "memory",
  "device",
]);

/** The rights of descriptors. */
export const descriptorRights: ReadonlySet<string> = new Set<DescriptorRight>(["read", "write"]);
