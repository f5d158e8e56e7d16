/**
 * What a name stands for while names are being resolved: a declaration in both its forms, with the parts of it that
 * others may need before it is complete.
 */

import type { Declaration as DeclarationSyntax } from "../syntax/ast.ts";
import type { Building } from "./building.ts";
import type { Lazy } from "./lazy.ts";
import type { Declaration, Enum, ErrorEnum, Flags, Parameter, Type, ValueMember } from "./model.ts";

/** A declaration in both its forms: as written, and as the model will have it. */
export interface Binding {
  readonly syntax: DeclarationSyntax;
  /** Exists from the start, so that others can refer to it. */
  readonly declaration: Building<Declaration>;
  /** Fills the declaration in, once every name is known. */
  readonly complete: () => void;
  /** What a const is. */
  readonly constant?: Lazy<Constant>;
  /** What an alias stands for. */
  readonly alias?: Lazy<AliasBody>;
  /** The members of an enum, flags or error. */
  readonly members?: ReadonlyMap<string, Lazy<ValueMember>>;
  /** The parameters of an attribute. */
  readonly parameters?: Lazy<readonly Parameter[]>;
}

/** A name whose declaration is known to be faulty; what uses it is not reported again. */
export type Faulty = "faulty";

/** What an alias stands for. */
export interface AliasBody {
  readonly type: Type;
  /** How many levels of types are in it, through further aliases. */
  readonly depth: number;
  /** Whether a descriptor in it says neither `own` nor `borrow`, so that the place of each use decides. */
  readonly undecided: boolean;
}

/** A computed expression, before it is fitted to a type. */
export type Constant =
  | IntegerConstant
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean };

/** An integer, an enum member or a combination of flags. */
export interface IntegerConstant {
  readonly kind: "integer";
  readonly value: bigint;
  /** Whether a negative value stands for ones all the way up, as `~` makes it. */
  readonly complement: boolean;
  /** The declaration whose member, or combination of flags, it is. */
  readonly of: Enum | Flags | ErrorEnum | undefined;
  /** The member, when it is just one. */
  readonly member: ValueMember | undefined;
  /** How it is written, when it is one literal without a unit. */
  readonly text: string | undefined;
}
