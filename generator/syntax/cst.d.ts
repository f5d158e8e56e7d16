// Generated from parser.ts by generate-cst.ts. Do not edit.
import type { CstNode, ICstVisitor, IToken } from "chevrotain";

export interface DocumentCstNode extends CstNode {
  name: "document";
  children: DocumentCstChildren;
}

export type DocumentCstChildren = {
  declaration?: DeclarationCstNode[];
};

export interface DeclarationCstNode extends CstNode {
  name: "declaration";
  children: DeclarationCstChildren;
}

export type DeclarationCstChildren = {
  attribute?: AttributeCstNode[];
  modifier?: ModifierCstNode[];
  packageDeclaration?: PackageDeclarationCstNode[];
  importDeclaration?: ImportDeclarationCstNode[];
  constDeclaration?: ConstDeclarationCstNode[];
  aliasDeclaration?: AliasDeclarationCstNode[];
  enumDeclaration?: EnumDeclarationCstNode[];
  flagsDeclaration?: FlagsDeclarationCstNode[];
  errorDeclaration?: ErrorDeclarationCstNode[];
  unionDeclaration?: UnionDeclarationCstNode[];
  structDeclaration?: StructDeclarationCstNode[];
  tableDeclaration?: TableDeclarationCstNode[];
  interfaceDeclaration?: InterfaceDeclarationCstNode[];
  callbackDeclaration?: CallbackDeclarationCstNode[];
  channelDeclaration?: ChannelDeclarationCstNode[];
  attributeDeclaration?: AttributeDeclarationCstNode[];
};

export interface ModifierCstNode extends CstNode {
  name: "modifier";
  children: ModifierCstChildren;
}

export type ModifierCstChildren = {
  Strict?: IToken[];
  Flexible?: IToken[];
  Resource?: IToken[];
};

export interface AttributeCstNode extends CstNode {
  name: "attribute";
  children: AttributeCstChildren;
}

export type AttributeCstChildren = {
  At: IToken[];
  AnyName: IToken[];
  LeftParen?: IToken[];
  argument?: (ArgumentCstNode)[];
  Comma?: (IToken)[];
  RightParen?: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: "argument";
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  AnyName?: IToken[];
  Equals?: IToken[];
  expression: ExpressionCstNode[];
};

export interface PackageDeclarationCstNode extends CstNode {
  name: "packageDeclaration";
  children: PackageDeclarationCstChildren;
}

export type PackageDeclarationCstChildren = {
  Package: IToken[];
  AnyName: (IToken)[];
  Dot?: IToken[];
  At?: IToken[];
  version?: (IToken)[];
  Semicolon: IToken[];
};

export interface ImportDeclarationCstNode extends CstNode {
  name: "importDeclaration";
  children: ImportDeclarationCstChildren;
}

export type ImportDeclarationCstChildren = {
  Import: IToken[];
  LeftBrace: IToken[];
  importedName: (ImportedNameCstNode)[];
  Comma?: (IToken)[];
  RightBrace: IToken[];
  From: IToken[];
  StringLiteral: IToken[];
  Semicolon: IToken[];
};

export interface ImportedNameCstNode extends CstNode {
  name: "importedName";
  children: ImportedNameCstChildren;
}

export type ImportedNameCstChildren = {
  name: IToken[];
  As?: IToken[];
  alias?: IToken[];
};

export interface ConstDeclarationCstNode extends CstNode {
  name: "constDeclaration";
  children: ConstDeclarationCstChildren;
}

export type ConstDeclarationCstChildren = {
  Const: IToken[];
  Identifier: IToken[];
  Colon: IToken[];
  type: TypeCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
  Semicolon: IToken[];
};

export interface AliasDeclarationCstNode extends CstNode {
  name: "aliasDeclaration";
  children: AliasDeclarationCstChildren;
}

export type AliasDeclarationCstChildren = {
  Type: IToken[];
  Identifier: IToken[];
  Equals: IToken[];
  type: TypeCstNode[];
  Semicolon: IToken[];
};

export interface EnumDeclarationCstNode extends CstNode {
  name: "enumDeclaration";
  children: EnumDeclarationCstChildren;
}

export type EnumDeclarationCstChildren = {
  Enum: IToken[];
  Identifier: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  valueBody: ValueBodyCstNode[];
};

export interface FlagsDeclarationCstNode extends CstNode {
  name: "flagsDeclaration";
  children: FlagsDeclarationCstChildren;
}

export type FlagsDeclarationCstChildren = {
  Flags: IToken[];
  Identifier: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  valueBody: ValueBodyCstNode[];
};

export interface ErrorDeclarationCstNode extends CstNode {
  name: "errorDeclaration";
  children: ErrorDeclarationCstChildren;
}

export type ErrorDeclarationCstChildren = {
  Error: IToken[];
  Identifier: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  valueBody: ValueBodyCstNode[];
};

export interface ValueBodyCstNode extends CstNode {
  name: "valueBody";
  children: ValueBodyCstChildren;
}

export type ValueBodyCstChildren = {
  LeftBrace: IToken[];
  valueMember?: ValueMemberCstNode[];
  RightBrace: IToken[];
};

export interface ValueMemberCstNode extends CstNode {
  name: "valueMember";
  children: ValueMemberCstChildren;
}

export type ValueMemberCstChildren = {
  attribute?: AttributeCstNode[];
  AnyName: IToken[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
  Semicolon: IToken[];
};

export interface UnionDeclarationCstNode extends CstNode {
  name: "unionDeclaration";
  children: UnionDeclarationCstChildren;
}

export type UnionDeclarationCstChildren = {
  Error?: IToken[];
  Union: IToken[];
  Identifier: IToken[];
  ordinalBody: OrdinalBodyCstNode[];
};

export interface TableDeclarationCstNode extends CstNode {
  name: "tableDeclaration";
  children: TableDeclarationCstChildren;
}

export type TableDeclarationCstChildren = {
  Table: IToken[];
  Identifier: IToken[];
  ordinalBody: OrdinalBodyCstNode[];
};

export interface OrdinalBodyCstNode extends CstNode {
  name: "ordinalBody";
  children: OrdinalBodyCstChildren;
}

export type OrdinalBodyCstChildren = {
  LeftBrace: IToken[];
  ordinalMember?: OrdinalMemberCstNode[];
  RightBrace: IToken[];
};

export interface OrdinalMemberCstNode extends CstNode {
  name: "ordinalMember";
  children: OrdinalMemberCstChildren;
}

export type OrdinalMemberCstChildren = {
  attribute?: AttributeCstNode[];
  Integer: IToken[];
  Colon: (IToken)[];
  AnyName: IToken[];
  type?: TypeCstNode[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
  Semicolon: IToken[];
};

export interface StructDeclarationCstNode extends CstNode {
  name: "structDeclaration";
  children: StructDeclarationCstChildren;
}

export type StructDeclarationCstChildren = {
  Struct: IToken[];
  Identifier: IToken[];
  fieldBody: FieldBodyCstNode[];
};

export interface FieldBodyCstNode extends CstNode {
  name: "fieldBody";
  children: FieldBodyCstChildren;
}

export type FieldBodyCstChildren = {
  LeftBrace: IToken[];
  fieldMember?: FieldMemberCstNode[];
  RightBrace: IToken[];
};

export interface FieldMemberCstNode extends CstNode {
  name: "fieldMember";
  children: FieldMemberCstChildren;
}

export type FieldMemberCstChildren = {
  attribute?: AttributeCstNode[];
  AnyName: IToken[];
  Colon: IToken[];
  type: TypeCstNode[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
  Semicolon: IToken[];
};

export interface InterfaceDeclarationCstNode extends CstNode {
  name: "interfaceDeclaration";
  children: InterfaceDeclarationCstChildren;
}

export type InterfaceDeclarationCstChildren = {
  Interface: IToken[];
  Identifier: IToken[];
  interfaceBody: InterfaceBodyCstNode[];
};

export interface InterfaceBodyCstNode extends CstNode {
  name: "interfaceBody";
  children: InterfaceBodyCstChildren;
}

export type InterfaceBodyCstChildren = {
  LeftBrace: IToken[];
  method?: MethodCstNode[];
  RightBrace: IToken[];
};

export interface MethodCstNode extends CstNode {
  name: "method";
  children: MethodCstChildren;
}

export type MethodCstChildren = {
  attribute?: AttributeCstNode[];
  style?: StyleCstNode[];
  AnyName: IToken[];
  parameters: ParametersCstNode[];
  Arrow?: IToken[];
  type?: TypeCstNode[];
  throws?: ThrowsCstNode[];
  Semicolon: IToken[];
};

export interface StyleCstNode extends CstNode {
  name: "style";
  children: StyleCstChildren;
}

export type StyleCstChildren = {
  Sync?: IToken[];
  Oneway?: IToken[];
};

export interface ParametersCstNode extends CstNode {
  name: "parameters";
  children: ParametersCstChildren;
}

export type ParametersCstChildren = {
  LeftParen: IToken[];
  parameter?: (ParameterCstNode)[];
  Comma?: (IToken)[];
  RightParen: IToken[];
};

export interface ParameterCstNode extends CstNode {
  name: "parameter";
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  attribute?: AttributeCstNode[];
  AnyName: IToken[];
  Colon: IToken[];
  type: TypeCstNode[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface ThrowsCstNode extends CstNode {
  name: "throws";
  children: ThrowsCstChildren;
}

export type ThrowsCstChildren = {
  Throws: IToken[];
  Identifier: (IToken)[];
  Pipe?: IToken[];
};

export interface CallbackDeclarationCstNode extends CstNode {
  name: "callbackDeclaration";
  children: CallbackDeclarationCstChildren;
}

export type CallbackDeclarationCstChildren = {
  Callback: IToken[];
  Identifier: IToken[];
  parameters: ParametersCstNode[];
  Arrow?: IToken[];
  type?: TypeCstNode[];
  throws?: ThrowsCstNode[];
  Semicolon: IToken[];
};

export interface ChannelDeclarationCstNode extends CstNode {
  name: "channelDeclaration";
  children: ChannelDeclarationCstChildren;
}

export type ChannelDeclarationCstChildren = {
  Channel: IToken[];
  Identifier: IToken[];
  channelBody: ChannelBodyCstNode[];
};

export interface ChannelBodyCstNode extends CstNode {
  name: "channelBody";
  children: ChannelBodyCstChildren;
}

export type ChannelBodyCstChildren = {
  LeftBrace: IToken[];
  role?: RoleCstNode[];
  RightBrace: IToken[];
};

export interface RoleCstNode extends CstNode {
  name: "role";
  children: RoleCstChildren;
}

export type RoleCstChildren = {
  attribute?: AttributeCstNode[];
  AnyName: IToken[];
  Offers: IToken[];
  roleBody: RoleBodyCstNode[];
};

export interface RoleBodyCstNode extends CstNode {
  name: "roleBody";
  children: RoleBodyCstChildren;
}

export type RoleBodyCstChildren = {
  LeftBrace: IToken[];
  offer?: OfferCstNode[];
  RightBrace: IToken[];
};

export interface OfferCstNode extends CstNode {
  name: "offer";
  children: OfferCstChildren;
}

export type OfferCstChildren = {
  attribute?: AttributeCstNode[];
  AnyName: IToken[];
  Colon: IToken[];
  type: IToken[];
  Semicolon: IToken[];
};

export interface AttributeDeclarationCstNode extends CstNode {
  name: "attributeDeclaration";
  children: AttributeDeclarationCstChildren;
}

export type AttributeDeclarationCstChildren = {
  Attribute: IToken[];
  name: IToken[];
  On: IToken[];
  target: (IToken)[];
  Pipe?: IToken[];
  fieldBody: FieldBodyCstNode[];
};

export interface TypeCstNode extends CstNode {
  name: "type";
  children: TypeCstChildren;
}

export type TypeCstChildren = {
  ownership?: OwnershipCstNode[];
  namedType?: NamedTypeCstNode[];
  boundedType?: BoundedTypeCstNode[];
  listType?: ListTypeCstNode[];
  mapType?: MapTypeCstNode[];
  streamType?: StreamTypeCstNode[];
  fdType?: FdTypeCstNode[];
  Question?: IToken[];
};

export interface OwnershipCstNode extends CstNode {
  name: "ownership";
  children: OwnershipCstChildren;
}

export type OwnershipCstChildren = {
  Own?: IToken[];
  Borrow?: IToken[];
};

export interface NamedTypeCstNode extends CstNode {
  name: "namedType";
  children: NamedTypeCstChildren;
}

export type NamedTypeCstChildren = {
  Identifier: IToken[];
};

export interface BoundedTypeCstNode extends CstNode {
  name: "boundedType";
  children: BoundedTypeCstChildren;
}

export type BoundedTypeCstChildren = {
  String?: IToken[];
  Bytes?: IToken[];
  Less?: IToken[];
  bound?: BoundCstNode[];
  Greater?: IToken[];
};

export interface ListTypeCstNode extends CstNode {
  name: "listType";
  children: ListTypeCstChildren;
}

export type ListTypeCstChildren = {
  List: IToken[];
  Less: IToken[];
  type: TypeCstNode[];
  Comma?: IToken[];
  bound?: BoundCstNode[];
  Greater: IToken[];
};

export interface MapTypeCstNode extends CstNode {
  name: "mapType";
  children: MapTypeCstChildren;
}

export type MapTypeCstChildren = {
  Map: IToken[];
  Less: IToken[];
  key: TypeCstNode[];
  Comma: (IToken)[];
  value: TypeCstNode[];
  bound?: BoundCstNode[];
  Greater: IToken[];
};

export interface StreamTypeCstNode extends CstNode {
  name: "streamType";
  children: StreamTypeCstChildren;
}

export type StreamTypeCstChildren = {
  Stream: IToken[];
  Less: IToken[];
  type: TypeCstNode[];
  Greater: IToken[];
};

export interface FdTypeCstNode extends CstNode {
  name: "fdType";
  children: FdTypeCstChildren;
}

export type FdTypeCstChildren = {
  Fd: IToken[];
  Less?: IToken[];
  AnyName?: (IToken)[];
  Pipe?: IToken[];
  Comma?: IToken[];
  right?: RightCstNode[];
  Greater?: IToken[];
};

export interface RightCstNode extends CstNode {
  name: "right";
  children: RightCstChildren;
}

export type RightCstChildren = {
  AnyName: IToken[];
  Question?: IToken[];
};

export interface ExpressionCstNode extends CstNode {
  name: "expression";
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  unary: (UnaryCstNode)[];
  binaryOperator?: BinaryOperatorCstNode[];
};

export interface BinaryOperatorCstNode extends CstNode {
  name: "binaryOperator";
  children: BinaryOperatorCstChildren;
}

export type BinaryOperatorCstChildren = {
  Operator?: IToken[];
  Greater?: (IToken)[];
};

export interface BoundCstNode extends CstNode {
  name: "bound";
  children: BoundCstChildren;
}

export type BoundCstChildren = {
  unary: (UnaryCstNode)[];
  Operator?: IToken[];
};

export interface UnaryCstNode extends CstNode {
  name: "unary";
  children: UnaryCstChildren;
}

export type UnaryCstChildren = {
  Minus?: IToken[];
  unary?: (UnaryCstNode)[];
  Tilde?: IToken[];
  primary?: PrimaryCstNode[];
};

export interface PrimaryCstNode extends CstNode {
  name: "primary";
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  Integer?: IToken[];
  Float?: IToken[];
  StringLiteral?: IToken[];
  True?: IToken[];
  False?: IToken[];
  AnyName?: (IToken)[];
  Dot?: IToken[];
  LeftParen?: IToken[];
  expression?: ExpressionCstNode[];
  RightParen?: IToken[];
};
