/**
 * The grammar. It reads two tokens ahead at most and does nothing but read: build-ast.ts gives the result its meaning,
 * recovery.ts says how reading goes on after a fault. In the productions above the rules `?`, `*` and `|` mean what
 * they mean in regular expressions, and what stands in quotes stands for itself.
 */

import type { IToken } from "chevrotain";
import type { DocumentCstNode } from "./cst.d.ts";
import { blockLookahead } from "./lookahead.ts";
import { type Landmarks, type ParserOptions, RecoveringParser } from "./recovery.ts";
import * as t from "./tokens.ts";

const landmarks: Landmarks = {
  file: "document",
  declaration: "declaration",
  members: new Set(["valueMember", "ordinalMember", "fieldMember", "method", "role", "offer"]),
  blocks: new Set(["valueBody", "ordinalBody", "fieldBody", "interfaceBody", "channelBody", "roleBody"]),
  parameter: "parameter",
  parameters: "parameters",
  attribute: "attribute",
};

export class Parser extends RecoveringParser {
  constructor(options: ParserOptions) {
    super(landmarks, blockLookahead(landmarks), options);
    this.performSelfAnalysis();
  }

  /** Reads a whole file; what was wrong with it is in `faults`. */
  parse(text: string, tokens: IToken[]): DocumentCstNode {
    this.begin(text, tokens);
    // The rule's name and the node's type are generated from the same grammar, so they agree.
    return this.document() as DocumentCstNode;
  }

  /** document : declaration* */
  readonly document = this.RULE("document", () => {
    this.MANY(() => this.SUBRULE(this.declaration));
  });

  /**
   * declaration : attribute* modifier*
   *   ( package | import | const | alias | enum | flags | error | union | struct | table | interface | callback
   *   | channel | attributeDeclaration )
   */
  readonly declaration = this.RULE("declaration", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.MANY2(() => this.SUBRULE(this.modifier));
    this.OR({
      ERR_MSG: "a declaration",
      DEF: [
        { ALT: () => this.SUBRULE(this.packageDeclaration) },
        { ALT: () => this.SUBRULE(this.importDeclaration) },
        { ALT: () => this.SUBRULE(this.constDeclaration) },
        { ALT: () => this.SUBRULE(this.aliasDeclaration) },
        { ALT: () => this.SUBRULE(this.enumDeclaration) },
        { ALT: () => this.SUBRULE(this.flagsDeclaration) },
        { ALT: () => this.SUBRULE(this.errorDeclaration) },
        { ALT: () => this.SUBRULE(this.unionDeclaration) },
        { ALT: () => this.SUBRULE(this.structDeclaration) },
        { ALT: () => this.SUBRULE(this.tableDeclaration) },
        { ALT: () => this.SUBRULE(this.interfaceDeclaration) },
        { ALT: () => this.SUBRULE(this.callbackDeclaration) },
        { ALT: () => this.SUBRULE(this.channelDeclaration) },
        { ALT: () => this.SUBRULE(this.attributeDeclaration) },
      ],
    });
  });

  /** modifier : "strict" | "flexible" | "resource" */
  readonly modifier = this.RULE("modifier", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Strict) },
      { ALT: () => this.CONSUME(t.Flexible) },
      { ALT: () => this.CONSUME(t.Resource) },
    ]);
  });

  // ---------------------------------------------------------------- attributes

  /** attribute : "@" AnyName ( "(" ( argument ( "," argument )* ","? )? ")" )? */
  readonly attribute = this.RULE("attribute", () => {
    this.CONSUME(t.At);
    this.CONSUME(t.AnyName);
    this.OPTION(() => {
      this.CONSUME(t.LeftParen);
      this.OPTION2(() => {
        this.SUBRULE(this.argument);
        this.MANY(() => {
          this.CONSUME(t.Comma);
          this.SUBRULE2(this.argument);
        });
        this.OPTION3(() => this.CONSUME2(t.Comma));
      });
      this.CONSUME(t.RightParen);
    });
  });

  /** argument : ( AnyName "=" )? expression */
  readonly argument = this.RULE("argument", () => {
    this.OPTION(() => {
      this.CONSUME(t.AnyName);
      this.CONSUME(t.Equals);
    });
    this.SUBRULE(this.expression);
  });

  // ---------------------------------------------------------------- the head of a file

  /** package : "package" AnyName ( "." AnyName )* ( "@" ( Float | Integer ) )? ";" */
  readonly packageDeclaration = this.RULE("packageDeclaration", () => {
    this.CONSUME(t.Package);
    this.CONSUME(t.AnyName);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.AnyName);
    });
    this.OPTION(() => {
      this.CONSUME(t.At);
      this.OR({
        ERR_MSG: "a version",
        DEF: [
          { ALT: () => this.CONSUME(t.Float, { LABEL: "version" }) },
          { ALT: () => this.CONSUME(t.Integer, { LABEL: "version" }) },
        ],
      });
    });
    this.CONSUME(t.Semicolon);
  });

  /** import : "import" "{" importedName ( "," importedName )* ","? "}" "from" StringLiteral ";" */
  readonly importDeclaration = this.RULE("importDeclaration", () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.LeftBrace);
    this.SUBRULE(this.importedName);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.importedName);
    });
    this.OPTION(() => this.CONSUME2(t.Comma));
    this.CONSUME(t.RightBrace);
    this.CONSUME(t.From);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.Semicolon);
  });

  /** importedName : Identifier ( "as" Identifier )? */
  readonly importedName = this.RULE("importedName", () => {
    this.CONSUME(t.Identifier, { LABEL: "name" });
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Identifier, { LABEL: "alias" });
    });
  });

  // ---------------------------------------------------------------- values

  /** const : "const" Identifier ":" type "=" expression ";" */
  readonly constDeclaration = this.RULE("constDeclaration", () => {
    this.CONSUME(t.Const);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
    this.CONSUME(t.Semicolon);
  });

  /** alias : "type" Identifier "=" type ";" */
  readonly aliasDeclaration = this.RULE("aliasDeclaration", () => {
    this.CONSUME(t.Type);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.type);
    this.CONSUME(t.Semicolon);
  });

  /** enum : "enum" Identifier ( ":" type )? valueBody */
  readonly enumDeclaration = this.RULE("enumDeclaration", () => {
    this.CONSUME(t.Enum);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.SUBRULE(this.valueBody);
  });

  /** flags : "flags" Identifier ( ":" type )? valueBody */
  readonly flagsDeclaration = this.RULE("flagsDeclaration", () => {
    this.CONSUME(t.Flags);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.SUBRULE(this.valueBody);
  });

  /** error : "error" Identifier ( ":" type )? valueBody */
  readonly errorDeclaration = this.RULE("errorDeclaration", () => {
    this.CONSUME(t.ErrorKeyword);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.SUBRULE(this.valueBody);
  });

  /** valueBody : "{" valueMember* "}" */
  readonly valueBody = this.RULE("valueBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.valueMember));
    this.CONSUME(t.RightBrace);
  });

  /** valueMember : attribute* AnyName ( "=" expression )? ";" */
  readonly valueMember = this.RULE("valueMember", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.AnyName);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
    this.CONSUME(t.Semicolon);
  });

  // ---------------------------------------------------------------- records

  /** union : "error"? "union" Identifier ordinalBody */
  readonly unionDeclaration = this.RULE("unionDeclaration", () => {
    this.OPTION(() => this.CONSUME(t.ErrorKeyword));
    this.CONSUME(t.Union);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.ordinalBody);
  });

  /** table : "table" Identifier ordinalBody */
  readonly tableDeclaration = this.RULE("tableDeclaration", () => {
    this.CONSUME(t.Table);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.ordinalBody);
  });

  /** ordinalBody : "{" ordinalMember* "}" */
  readonly ordinalBody = this.RULE("ordinalBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.ordinalMember));
    this.CONSUME(t.RightBrace);
  });

  /** ordinalMember : attribute* Integer ":" AnyName ( ":" type )? ( "=" expression )? ";" */
  readonly ordinalMember = this.RULE("ordinalMember", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.Integer);
    this.CONSUME(t.Colon);
    this.CONSUME(t.AnyName);
    this.OPTION(() => {
      this.CONSUME2(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
    this.CONSUME(t.Semicolon);
  });

  /** struct : "struct" Identifier fieldBody */
  readonly structDeclaration = this.RULE("structDeclaration", () => {
    this.CONSUME(t.Struct);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.fieldBody);
  });

  /** fieldBody : "{" fieldMember* "}" */
  readonly fieldBody = this.RULE("fieldBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.fieldMember));
    this.CONSUME(t.RightBrace);
  });

  /** fieldMember : attribute* AnyName ":" type ( "=" expression )? ";" */
  readonly fieldMember = this.RULE("fieldMember", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.AnyName);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
    this.CONSUME(t.Semicolon);
  });

  // ---------------------------------------------------------------- interfaces

  /** interface : "interface" Identifier interfaceBody */
  readonly interfaceDeclaration = this.RULE("interfaceDeclaration", () => {
    this.CONSUME(t.Interface);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.interfaceBody);
  });

  /** interfaceBody : "{" method* "}" */
  readonly interfaceBody = this.RULE("interfaceBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.method));
    this.CONSUME(t.RightBrace);
  });

  /** method : attribute* style* AnyName parameters ( "->" type )? throws? ";" */
  readonly method = this.RULE("method", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    // `sync(` is a method of that name.
    this.MANY2({
      GATE: () => this.LA(2).tokenType !== t.LeftParen,
      DEF: () => this.SUBRULE(this.style),
    });
    this.CONSUME(t.AnyName);
    this.SUBRULE(this.parameters);
    this.OPTION(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => this.SUBRULE(this.throws));
    this.CONSUME(t.Semicolon);
  });

  /** style : "sync" | "oneway" */
  readonly style = this.RULE("style", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Sync) }, { ALT: () => this.CONSUME(t.Oneway) }]);
  });

  /** parameters : "(" ( parameter ( "," parameter )* ","? )? ")" */
  readonly parameters = this.RULE("parameters", () => {
    this.CONSUME(t.LeftParen);
    this.OPTION(() => {
      this.SUBRULE(this.parameter);
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.parameter);
      });
      this.OPTION2(() => this.CONSUME2(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  /** parameter : attribute* AnyName ":" type ( "=" expression )? */
  readonly parameter = this.RULE("parameter", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.AnyName);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  /** throws : "throws" Identifier ( "|" Identifier )* */
  readonly throws = this.RULE("throws", () => {
    this.CONSUME(t.Throws);
    this.CONSUME(t.Identifier);
    this.MANY(() => {
      this.CONSUME(t.Pipe);
      this.CONSUME2(t.Identifier);
    });
  });

  /** callback : "callback" Identifier parameters ( "->" type )? throws? ";" */
  readonly callbackDeclaration = this.RULE("callbackDeclaration", () => {
    this.CONSUME(t.Callback);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.parameters);
    this.OPTION(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => this.SUBRULE(this.throws));
    this.CONSUME(t.Semicolon);
  });

  // ---------------------------------------------------------------- channels

  /** channel : "channel" Identifier channelBody */
  readonly channelDeclaration = this.RULE("channelDeclaration", () => {
    this.CONSUME(t.Channel);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.channelBody);
  });

  /** channelBody : "{" role* "}" */
  readonly channelBody = this.RULE("channelBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.role));
    this.CONSUME(t.RightBrace);
  });

  /** role : attribute* AnyName "offers" roleBody */
  readonly role = this.RULE("role", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.AnyName);
    this.CONSUME(t.Offers);
    this.SUBRULE(this.roleBody);
  });

  /** roleBody : "{" offer* "}" */
  readonly roleBody = this.RULE("roleBody", () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.offer));
    this.CONSUME(t.RightBrace);
  });

  /** offer : attribute* AnyName ":" Identifier ";" */
  readonly offer = this.RULE("offer", () => {
    this.MANY(() => this.SUBRULE(this.attribute));
    this.CONSUME(t.AnyName);
    this.CONSUME(t.Colon);
    this.CONSUME(t.Identifier, { LABEL: "type" });
    this.CONSUME(t.Semicolon);
  });

  // ---------------------------------------------------------------- attribute declarations

  /** attributeDeclaration : "attribute" AnyName "on" AnyName ( "|" AnyName )* fieldBody */
  readonly attributeDeclaration = this.RULE("attributeDeclaration", () => {
    this.CONSUME(t.Attribute);
    this.CONSUME(t.AnyName, { LABEL: "name" });
    this.CONSUME(t.On);
    this.CONSUME2(t.AnyName, { LABEL: "target" });
    this.MANY(() => {
      this.CONSUME(t.Pipe);
      this.CONSUME3(t.AnyName, { LABEL: "target" });
    });
    this.SUBRULE(this.fieldBody);
  });

  // ---------------------------------------------------------------- types

  /** type : ( "own" | "borrow" )? ( namedType | boundedType | listType | mapType | streamType | fdType ) "?"? */
  readonly type = this.RULE("type", () => {
    this.OPTION(() => this.SUBRULE(this.ownership));
    this.OR({
      ERR_MSG: "a type",
      DEF: [
        { ALT: () => this.SUBRULE(this.namedType) },
        { ALT: () => this.SUBRULE(this.boundedType) },
        { ALT: () => this.SUBRULE(this.listType) },
        { ALT: () => this.SUBRULE(this.mapType) },
        { ALT: () => this.SUBRULE(this.streamType) },
        { ALT: () => this.SUBRULE(this.fdType) },
      ],
    });
    this.OPTION2(() => this.CONSUME(t.Question));
  });

  /** ownership : "own" | "borrow" */
  readonly ownership = this.RULE("ownership", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Own) }, { ALT: () => this.CONSUME(t.Borrow) }]);
  });

  /** namedType : Identifier */
  readonly namedType = this.RULE("namedType", () => {
    this.CONSUME(t.Identifier);
  });

  /** boundedType : ( "string" | "bytes" ) ( "<" bound ">" )? */
  readonly boundedType = this.RULE("boundedType", () => {
    this.OR([{ ALT: () => this.CONSUME(t.StringKeyword) }, { ALT: () => this.CONSUME(t.Bytes) }]);
    this.OPTION(() => {
      this.CONSUME(t.Less);
      this.SUBRULE(this.bound);
      this.CONSUME(t.Greater);
    });
  });

  /** listType : "list" "<" type ( "," bound )? ">" */
  readonly listType = this.RULE("listType", () => {
    this.CONSUME(t.List);
    this.CONSUME(t.Less);
    this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE(this.bound);
    });
    this.CONSUME(t.Greater);
  });

  /** mapType : "map" "<" type "," type ( "," bound )? ">" */
  readonly mapType = this.RULE("mapType", () => {
    this.CONSUME(t.MapKeyword);
    this.CONSUME(t.Less);
    this.SUBRULE(this.type, { LABEL: "key" });
    this.CONSUME(t.Comma);
    this.SUBRULE2(this.type, { LABEL: "value" });
    this.OPTION(() => {
      this.CONSUME2(t.Comma);
      this.SUBRULE(this.bound);
    });
    this.CONSUME(t.Greater);
  });

  /** streamType : "stream" "<" type ">" */
  readonly streamType = this.RULE("streamType", () => {
    this.CONSUME(t.Stream);
    this.CONSUME(t.Less);
    this.SUBRULE(this.type);
    this.CONSUME(t.Greater);
  });

  /** fdType : "fd" ( "<" AnyName ( "|" AnyName )* ( "," right )* ">" )? */
  readonly fdType = this.RULE("fdType", () => {
    this.CONSUME(t.Fd);
    this.OPTION(() => {
      this.CONSUME(t.Less);
      this.CONSUME(t.AnyName);
      this.MANY(() => {
        this.CONSUME(t.Pipe);
        this.CONSUME2(t.AnyName);
      });
      this.MANY2(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE(this.right);
      });
      this.CONSUME(t.Greater);
    });
  });

  /** right : AnyName "?"? */
  readonly right = this.RULE("right", () => {
    this.CONSUME(t.AnyName);
    this.OPTION(() => this.CONSUME(t.Question));
  });

  // ---------------------------------------------------------------- expressions

  /** expression : unary ( ( Operator | ">" ">" ) unary )* */
  readonly expression = this.RULE("expression", () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.SUBRULE(this.binaryOperator);
      this.SUBRULE2(this.unary);
    });
  });

  /** binaryOperator : Operator | ">" ">" */
  readonly binaryOperator = this.RULE("binaryOperator", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Operator) },
      {
        ALT: () => {
          this.CONSUME(t.Greater);
          this.CONSUME2(t.Greater);
        },
      },
    ]);
  });

  /** bound : unary ( Operator unary )*, where a `>` closes the brackets, so that a right shift needs parentheses */
  readonly bound = this.RULE("bound", () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.CONSUME(t.Operator);
      this.SUBRULE2(this.unary);
    });
  });

  /** unary : ( "-" | "~" ) unary | primary */
  readonly unary = this.RULE("unary", () => {
    this.OR({
      ERR_MSG: "a value",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Minus);
            this.SUBRULE(this.unary);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Tilde);
            this.SUBRULE2(this.unary);
          },
        },
        { ALT: () => this.SUBRULE(this.primary) },
      ],
    });
  });

  /** primary : Integer | Float | StringLiteral | "true" | "false" | AnyName ( "." AnyName )? | "(" expression ")" */
  readonly primary = this.RULE("primary", () => {
    this.OR({
      ERR_MSG: "a value",
      DEF: [
        { ALT: () => this.CONSUME(t.Integer) },
        { ALT: () => this.CONSUME(t.Float) },
        { ALT: () => this.CONSUME(t.StringLiteral) },
        { ALT: () => this.CONSUME(t.True) },
        { ALT: () => this.CONSUME(t.False) },
        {
          ALT: () => {
            this.CONSUME(t.AnyName);
            this.OPTION(() => {
              this.CONSUME(t.Dot);
              this.CONSUME2(t.AnyName);
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LeftParen);
            this.SUBRULE(this.expression);
            this.CONSUME(t.RightParen);
          },
        },
      ],
    });
  });
}
