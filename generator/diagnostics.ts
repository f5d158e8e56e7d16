/**
 * Every diagnostic the compiler can give: its stable code, its severity, what it says and what to do about it. The
 * codes are phrases that a person can search for; a message says what was found and what was expected, a hint says
 * what to do.
 */

import type { Span } from "./source.ts";

export type Severity = "error" | "warning";

/** A message with named gaps, and the hint that goes with it. `Gap` is the union of the gaps' names. */
export interface Entry<Gap extends string = string> {
  readonly severity: Severity;
  readonly message: Template<Gap>;
  readonly hint: Template<Gap> | undefined;
}

interface Template<Gap extends string> {
  readonly texts: readonly string[];
  readonly gaps: readonly Gap[];
}

interface EntryBuilder<Gap extends string> extends Entry<Gap> {
  /** Says what to do; its gaps are the message's or further ones. */
  help<More extends string = never>(texts: TemplateStringsArray, ...gaps: More[]): Entry<Gap | More>;
}

function error<Gap extends string = never>(texts: TemplateStringsArray, ...gaps: Gap[]): EntryBuilder<Gap> {
  return entry("error", { texts, gaps });
}

function warning<Gap extends string = never>(texts: TemplateStringsArray, ...gaps: Gap[]): EntryBuilder<Gap> {
  return entry("warning", { texts, gaps });
}

function entry<Gap extends string>(severity: Severity, message: Template<Gap>): EntryBuilder<Gap> {
  return {
    severity,
    message,
    hint: undefined,
    help: (texts, ...gaps) => ({ severity, message, hint: { texts, gaps } }),
  };
}

/** THE TABLE. Sections follow the rooms, and inside a room the order in which the faults are met. */
export const table = {
  // ---------------------------------------------------------------- source and syntax
  "file-too-large": error`The file has ${"found"} characters; the limit is ${"limit"}.`
    .help`Split it into several files of the same package and import one from the other.`,
  "unexpected-character": error`The character ${"character"} means nothing in an IDL file.`
    .help`Remove it; text belongs in quotes or in a comment.`,
  "foreign-letter": error`The name \`${"name"}\` has the character ${"character"} in it.`
    .help`Names are made of the letters a to z, digits and \`_\`.`,
  "name-too-long": error`A name of ${"found"} characters; the limit is ${"limit"}.`.help`Shorten it.`,
  "number-malformed": error`\`${"text"}\` is not a number.`.help`${"suggestion"}`,
  "string-unclosed": error`The text that begins here has no closing quote on its line.`
    .help`Close it with \`"\`, or write a line break as \`\\n\`.`,
  "escape-malformed": error`\`${"escape"}\` stands for no character.`
    .help`Write \`\\n\`, \`\\r\`, \`\\t\`, \`\\"\`, \`\\\\\` or \`\\u{1F600}\`.`,
  "comment-unclosed": error`The comment that begins here is never closed.`.help`Close it with \`*/\`.`,
  "nested-too-deep": error`More than ${"limit"} brackets and signs are open here.`
    .help`Name the inner part, as a \`type\` or a \`const\`, and use the name.`,
  "expression-too-long": error`An expression of more than ${"limit"} operators.`
    .help`Name a part of it as a \`const\` and use the name.`,
  "too-many-declarations": error`The file has more than ${"limit"} declarations.`
    .help`Split it into several files of the same package.`,
  "too-many-faults": error`The file has ${"limit"} faults or more; the rest of it was not read.`
    .help`Repair the first ones; is this an IDL file?`,
  "token-unexpected": error`${"found"} stands where ${"expected"} should be.`.help`${"advice"}`,
  "token-missing": error`${"expected"} is missing after ${"previous"}.`,
  "block-unclosed": error`The \`}\` of ${"block"} is missing before ${"found"}.`.help`Close the block first.`,
  "declaration-unknown": error`No declaration begins with ${"found"}.`.help`${"advice"}`,
  "declaration-nested": error`${"found"} cannot be declared inside another declaration.`
    .help`Move it out, above or below that one; order does not matter.`,
  "foreign-keyword": error`${"found"} is of another language.`.help`${"advice"}`,
  "semicolon-stray": error`Nothing stands before this semicolon.`
    .help`Remove it; a block that ends with \`}\` needs none.`,
  "brace-stray": error`This \`}\` closes nothing.`
    .help`Remove it, or look above for a \`{\` that was closed too early.`,
  "type-before-name": error`The type ${"type"} stands before the name ${"name"}.`
    .help`Turn them round: \`${"rewrite"}\`.`,
  "optional-before-type": error`The \`?\` stands before the type.`.help`Write it behind: \`T?\`.`,
  "name-is-keyword": error`${"found"} is a keyword and cannot be the name of ${"what"}.`
    .help`Choose another name; only members and parameters may be named by keywords.`,
  "modifier-misplaced": error`\`${"modifier"}\` does not go before \`${"what"}\`.`.help`Remove it.`,
  "modifier-conflict": error`\`${"modifier"}\` stands here after \`${"earlier"}\`.`.help`Keep one of them.`,
  "package-repeated": error`A second package line.`.help`A file belongs to one package; keep one line.`,
  "package-late": error`The package line comes after other declarations.`.help`Move it to the top of the file.`,
  "import-late": error`The import comes after declarations.`.help`Move it up, right below the package line.`,
  "import-decorated": error`An import takes no attributes.`.help`Put them on the declaration they are meant for.`,
  "version-malformed": error`\`${"text"}\` is not a version.`
    .help`Write two decimal numbers with a dot between: \`1.2\`.`,
  "version-too-large": error`The version \`${"text"}\` has a part above ${"limit"}.`
    .help`Each part is carried in 16 bits; count on from the version before.`,
  "shift-apart": error`A space divides the two \`>\` of a shift.`.help`Write \`>>\` in one piece.`,
  "doc-stray": warning`This \`///\` comment describes nothing.`
    .help`Put it on lines of its own above what it describes, or make it an ordinary \`//\` comment.`,

  // ---------------------------------------------------------------- load and resolve
  "file-unreadable": error`The file \`${"path"}\` cannot be read.`
    .help`Check that it exists and that this user may read it.`,
  "too-many-files": error`More than ${"limit"} files are imported.`.help`Generate unrelated packages in separate runs.`,
  "import-not-relative": error`The import \`${"path"}\` does not begin with \`./\` or \`../\`.`
    .help`Imports are relative to the file they stand in: write \`"./${"path"}"\`.`,
  "import-missing": error`There is no file \`${"path"}\` to import.`.help`${"suggestion"}`,
  "import-cycle": error`\`${"path"}\` imports itself${"by"}.`
    .help`Move what both need into a file of its own, and import that from both.`,
  "import-name-missing": error`\`${"path"}\` declares nothing called \`${"name"}\`.`.help`${"suggestion"}`,
  "import-clash": error`\`${"name"}\` is already a name of this file.`
    .help`Give the import a name of its own: \`${"name"} as Other${"name"}\`.`,
  "import-unused": warning`\`${"name"}\` is imported and not used.`.help`Remove it from the import.`,
  "package-missing": error`The file has no package line.`.help`Begin it with one: \`package acme.files @ 1.0;\``,
  "package-version-missing": error`The package \`${"name"}\` has no version.`
    .help`Write one: \`package ${"name"} @ 1.0;\``,
  "definition-cycle": error`\`${"name"}\` is defined by way of itself.`
    .help`Break the circle by writing one of the definitions out.`,
  "definition-too-deep": error`\`${"name"}\` is defined through more than ${"limit"} other definitions.`
    .help`Shorten the chain by writing one of the definitions out.`,
  "type-too-deep": error`The type nests more than ${"limit"} levels deep.`
    .help`Flatten it, or keep the inner levels in a table of their own.`,

  "type-unknown": error`There is no type called \`${"name"}\`.`.help`${"suggestion"}`,
  "type-expected": error`\`${"name"}\` is ${"what"}, not a type.`.help`${"suggestion"}`,
  "ownership-missing": error`\`${"name"}\` is used without saying who holds it.`
    .help`Write \`own ${"name"}\` to give it away, or \`borrow ${"name"}\` to lend it for the call.`,
  "ownership-misplaced": error`\`${"ownership"}\` does not apply to \`${"type"}\`.`
    .help`Only interfaces, callbacks and descriptors are owned or borrowed; remove \`${"ownership"}\`.`,
  "optional-twice": error`The type is optional already.`.help`Remove one of the question marks.`,
  "limit-invalid": error`A limit is a whole number from 1 to ${"greatest"}, not ${"found"}.`
    .help`Give the greatest ${"unit"} that a peer may send.`,
  "map-key": error`\`${"type"}\` cannot be the key of a map.`
    .help`A key is an integer, an enum or a string with a limit.`,
  "descriptor-kind-unknown": error`There is no kind of descriptor called \`${"name"}\`.`.help`${"suggestion"}`,
  "descriptor-right-unknown": error`There is no right called \`${"name"}\`.`
    .help`A right is \`read\` or \`write\`, with a question mark when it need not be there.`,
  "descriptor-repeated": error`\`${"name"}\` is said twice of this descriptor.`.help`Keep one of them.`,
  "base-missing": error`${"what"} \`${"name"}\` does not say which integer carries it.`
    .help`Write one after its name: \`${"name"} : ${"example"}\`.`,
  "base-not-integer": error`${"what"} \`${"name"}\` is carried by \`${"found"}\`, which is not an integer.`
    .help`Use one of \`u8\`, \`u16\`, \`u32\`, \`u64\`, \`i8\`, \`i16\`, \`i32\` and \`i64\`.`,
  "openness-missing": error`${"what"} \`${"name"}\` is neither \`strict\` nor \`flexible\`.`
    .help`Write \`strict\` if an unknown value is an error to an old peer, \`flexible\` if it may see one.`,
  "value-missing": error`\`${"name"}\` has no value.`
    .help`Values are part of what peers agree on, so each is written out: \`${"name"} = ${"example"};\``,
  "default-misplaced": error`${"what"} \`${"name"}\` cannot have a default.`.help`${"reason"}`,
  "default-on-optional": error`\`${"name"}\` is optional and has a default.`
    .help`With a default it is never absent: remove the question mark or the default.`,
  "error-expected": error`\`${"name"}\` is ${"what"}, not an error.`
    .help`A method throws what is declared with \`error\`: \`error ${"name"} : i32\` or \`error union ${"name"}\`.`,
  "error-unknown": error`There is no error called \`${"name"}\`.`.help`${"suggestion"}`,
  "interface-expected": error`\`${"name"}\` is ${"what"}; an end of a channel offers interfaces.`
    .help`Name an interface.`,
  "interface-unknown": error`There is no interface called \`${"name"}\`.`.help`${"suggestion"}`,
  "sync-oneway": error`\`${"name"}\` is both \`sync\` and \`oneway\`.`
    .help`A \`sync\` call waits for its reply and a \`oneway\` call has none: keep one of them.`,
  "modifier-repeated": error`\`${"name"}\` is \`${"modifier"}\` twice.`.help`Remove one of them.`,
  "field-type-missing": error`The field \`${"name"}\` has no type.`
    .help`Give it one: only the arms of a union may do without.`,
  "ordinal-invalid": error`${"ordinal"} is not an ordinal: they run from 1 to ${"greatest"}.`
    .help`The next free ordinal is ${"free"}.`,

  "name-unknown": error`There is no constant called \`${"name"}\`.`.help`${"suggestion"}`,
  "member-unknown": error`\`${"type"}\` has no member called \`${"name"}\`.`.help`${"suggestion"}`,
  "constant-expected": error`\`${"name"}\` is ${"what"}, not a constant.`.help`${"suggestion"}`,
  "unit-unknown": error`There is no unit called \`${"unit"}\`.`.help`${"suggestion"}`,
  "operand-invalid": error`\`${"operator"}\` does not apply to ${"operand"}.`
    .help`Arithmetic is for numbers; the bitwise operators are for integers and flags.`,
  "operands-differ": error`\`${"operator"}\` cannot join ${"left"} and ${"right"}.`
    .help`Write both sides in the same type.`,
  "division-by-zero": error`The right side of \`${"operator"}\` is zero.`.help`Divide by something else.`,
  "shift-invalid": error`A shift by ${"amount"} is not possible.`.help`Shift by 0 to 63 bits.`,
  "constant-too-large": error`The result of \`${"operator"}\` does not fit in 128 bits.`
    .help`No type holds such a number.`,
  "value-out-of-range": error`${"value"} does not fit ${"type"}.`.help`It holds ${"least"} to ${"greatest"}.`,
  "value-wrong-type": error`Expected \`${"expected"}\`, found ${"found"}.`.help`${"suggestion"}`,
  "string-too-long": error`The text has ${"found"} bytes; its type allows ${"limit"}.`
    .help`Shorten the text, or raise the limit of its type.`,

  "attribute-unknown": error`There is no attribute called \`@${"name"}\`.`.help`${"suggestion"}`,
  "attribute-misplaced": error`\`@${"name"}\` does not belong on ${"target"}.`.help`It belongs on ${"targets"}.`,
  "attribute-repeated": error`\`@${"name"}\` is said twice.`.help`Keep one of them.`,
  "attribute-target-unknown": error`There is nothing called \`${"name"}\` that an attribute could stand on.`
    .help`${"suggestion"}`,
  "attribute-built-in": error`\`@${"name"}\` is an attribute of the language.`.help`Choose another name.`,
  "argument-unknown": error`\`@${"attribute"}\` has no argument called \`${"name"}\`.`.help`${"suggestion"}`,
  "argument-missing": error`\`@${"attribute"}\` needs \`${"name"}\`.`
    .help`Write it: \`@${"attribute"}(${"example"})\`.`,
  "argument-repeated": error`\`${"name"}\` is given twice to \`@${"attribute"}\`.`.help`Keep one of them.`,
  "argument-extra": error`\`@${"attribute"}\` takes ${"count"}.`.help`Remove this one.`,
  "argument-after-named": error`An argument without a name stands after one with a name.`
    .help`Give it its name, or move it to the front.`,
  "argument-invalid": error`The argument \`${"name"}\` of \`@${"attribute"}\` is ${"expected"}.`.help`${"suggestion"}`,
  "representation-invalid": error`\`@js(${"representation"})\` does not apply to \`${"name"}\`.`
    .help`It chooses how a \`u64\` or \`i64\` reaches JavaScript; remove it.`,

  // ---------------------------------------------------------------- check
  "name-repeated": error`${"what"} \`${"name"}\` is declared twice.`.help`Rename one of them.`,
  "name-differs-by-case": warning`${"what"} \`${"name"}\` differs from \`${"other"}\` by case alone.`
    .help`Rename one of them: people, and some languages, will confuse the two.`,
  "blocking-name-clash": error`\`${"name"}\` is also the name of the blocking form of \`${"method"}\`.`
    .help`Rename it: a \`sync\` method \`x\` is emitted as \`x\` and \`xSync\`.`,
  "name-style": warning`\`${"name"}\` is not written in \`${"style"}\`.`.help`Call it \`${"suggestion"}\`.`,
  "package-style": warning`The package name \`${"name"}\` is not in lower case.`.help`Call it \`${"suggestion"}\`.`,
  "package-differs": error`\`${"path"}\` gives the package \`${"name"}\` as ${"other"}, and this file as ${"found"}.`
    .help`Files of one package have one version and one wire: make the lines equal.`,
  "value-repeated": error`\`${"name"}\` has the value ${"value"}, which \`${"other"}\` has already.`
    .help`Give it a value of its own.`,
  "ordinal-repeated": error`\`${"name"}\` has the ordinal ${"ordinal"}, which \`${"other"}\` has already.`
    .help`The next free ordinal is ${"free"}.`,
  "ordinal-reserved": error`\`${"name"}\` has the ordinal ${"ordinal"}, which is reserved.`
    .help`Peers may still send its old meaning; the next free ordinal is ${"free"}.`,
  "ordinal-reserved-twice": error`The ordinal ${"ordinal"} of \`${"name"}\` is reserved twice.`
    .help`Remove one of the lines.`,
  "selector-collision": error`\`${"name"}\` and \`${"other"}\` have the same selector, ${"selector"}.`
    .help`Rename one of them, or give it a selector of its own: \`@selector("${"suggestion"}")\`.`,
  "selector-malformed": error`\`${"text"}\` is not the name of a method.`
    .help`Write its old name, \`@selector("open")\`, or with its interface: \`@selector("acme.Files/open")\`.`,
  "oneway-with-result": error`\`${"name"}\` is \`oneway\` and has a result.`
    .help`Nothing comes back from a \`oneway\` call: remove \`oneway\` or the result.`,
  "oneway-with-throws": error`\`${"name"}\` is \`oneway\` and throws.`
    .help`Nothing comes back from a \`oneway\` call: remove \`oneway\` or \`throws\`.`,
  "oneway-with-borrow": error`\`${"name"}\` is \`oneway\` and borrows \`${"interface"}\`.`
    .help`A loan ends with the call, and nobody hears of the end of a \`oneway\` call: write \`own\`.`,
  "overload-drops-owned": error`\`${"name"}\` may be dropped and gives ${"given"} away.`
    .help`What a dropped call gives away would be nobody's: use \`@overload(block)\`.`,
  "deadline-misplaced": error`\`@deadline\` says how long a caller waits for an answer; \`${"name"}\` is \`oneway\`.`
    .help`Remove \`@deadline\`, or \`oneway\`.`,
  "deadline-out-of-range": error`The deadline is ${"value"} ms; it lies between 1 and ${"greatest"}.`
    .help`A call that may take for ever has none: remove \`@deadline\`.`,
  "overload-misplaced": error`\`@overload\` says what becomes of a \`oneway\` call when the queue is full; \`${"name"}\` is not \`oneway\`.`
    .help`Remove \`@overload\`, or make the method \`oneway\`.`,
  "throws-repeated": error`\`${"name"}\` throws \`${"error"}\` twice.`.help`Name it once.`,
  "default-before-required": warning`\`${"name"}\` may be left out, but \`${"required"}\` after it may not.`
    .help`Move it behind the parameters that must be given.`,
  "attribute-parameter": error`\`${"name"}\` is of a type that no constant has, and arguments are constants.`
    .help`Use a number, \`bool\`, a \`string\`, an enum or flags.`,
  "resource-missing": error`${"what"} \`${"name"}\` holds ${"held"} and is not a \`resource\`.`
    .help`Write \`resource\` before \`${"keyword"}\`: whoever holds one has something to close.`,
  "resource-unneeded": error`${"what"} \`${"name"}\` is a \`resource\` and holds nothing to close.`
    .help`Remove \`resource\`.`,
  unbounded: warning`The \`${"type"}\` has no limit.`
    .help`Say the greatest ${"unit"} that a peer may send: \`${"example"}\`.`,
  "flag-zero": error`The flag \`${"name"}\` is 0, so it can be neither set nor cleared.`
    .help`Give it a bit, or remove it: an empty set is written \`0\`.`,
  "flag-negative": error`The flag \`${"name"}\` is negative.`.help`Give it a bit: \`1 << 0\`, \`1 << 1\` and so on.`,
  "flag-not-a-combination": error`\`${"name"}\` has bits that no flag of \`${"type"}\` names: ${"bits"}.`
    .help`Name each bit first, then combine the names: \`${"name"} = a | b;\``,
  empty: error`${"what"} \`${"name"}\` has no members.`.help`Give it one; without members there is no value of it.`,
  "errno-base": error`The \`@errno\` error \`${"name"}\` is carried by \`${"base"}\`.`
    .help`errno is an int: write \`${"name"} : i32\`.`,
  "errno-value": error`\`${"name"}\` is ${"value"}; error numbers run from 1 to 4095.`
    .help`Write the number as errno(3) has it, positive.`,
  "descriptor-never-writable": error`A directory is never open for writing.`
    .help`Remove \`write\`: what is in a directory is changed through its path.`,
  "borrow-outlives-call": error`\`${"name"}\` borrows for longer than a call.`
    .help`A loan ends with the call, so only parameters borrow: write \`own\`.`,
  "stream-in-sync": error`\`${"name"}\` is \`sync\` and has a stream, whose items move while the call lasts.`
    .help`Remove \`sync\`: a thread that blocks neither gives items nor takes them.`,
  "stream-in-oneway": error`\`${"name"}\` is \`oneway\` and has a stream, which ends with its call.`
    .help`Remove \`oneway\`, so that there is an end.`,
  "stream-misplaced": error`A \`stream\` stands alone, as a parameter or a result.`.help`Take it out of ${"place"}.`,
  "list-of-nothing": error`A list of \`${"name"}\` cannot be sent: its elements take no bytes, and a count is held against the bytes that follow.`
    .help`Send how many there are, as a \`u32\`, or give \`${"name"}\` a field.`,
  "optional-in-table": error`The field \`${"name"}\` is optional already: any field of a table may be absent.`
    .help`Remove the question mark, or use a default so that it never is.`,
  "infinite-size": error`\`${"name"}\` contains itself, so no value of it is finite.`
    .help`Put a list or a question mark between them.`,
  "struct-too-deep": error`\`${"name"}\` nests structs more than ${"limit"} levels deep.`
    .help`Flatten it, or put a table between them.`,
  "since-newer-than-package": error`\`${"name"}\` is of version ${"since"}, but the package is at ${"version"}.`
    .help`Raise the package's version, or lower \`@since\`.`,
  "since-not-contained": error`\`${"name"}\` is ${"age"} and uses \`${"type"}\`, which came with ${"later"}.`
    .help`A peer that knows \`${"name"}\` need not know \`${"type"}\`: put \`@since(${"later"})\` on \`${"name"}\` as well.`,
  "since-before-parent": error`\`${"name"}\` is of version ${"since"}, but \`${"parent"}\` is of ${"later"}.`
    .help`Nothing is older than what it is part of: remove \`@since\`, or raise it.`,
  "deprecated-use-unknown": error`\`${"name"}\` is to be replaced by \`${"use"}\`, and there is no such ${"what"} here.`
    .help`${"suggestion"}`,
  "doc-unfit": warning`The documentation of \`${"name"}\` says \`${"word"}\`.`
    .help`A \`///\` comment reaches every user of the generated code: use \`//\` for notes to yourselves and for licences.`,
  "channel-roles": error`The channel \`${"name"}\` has ${"count"}.`
    .help`A channel joins two: name both ends, even if one offers nothing.`,
  "capability-misplaced": error`\`${"name"}\` gives \`${"role"}\` the \`${"interface"}\` to keep, which \`${"role"}\` alone offers.`
    .help`Write \`borrow\` if it only comes home, or let \`${"other"}\` offer \`${"interface"}\` as well.`,
  "capability-over-limit": error`\`${"name"}\` passes \`${"object"}\`, and \`${"role"}\` has a limit of 0 exports.`
    .help`Raise the limit, or pass nothing that is held: an end without exports neither gives nor keeps objects.`,
  "limit-misplaced": error`\`${"limit"}\` is not a limit of ${"place"}.`.help`It can have: ${"limits"}.`,
  "limit-out-of-range": error`\`${"limit"}\` is ${"value"}; it lies between ${"least"} and ${"greatest"}.`
    .help`A peer counts on the least, and no more than the greatest can be counted.`,
  "too-many": error`${"what"} \`${"name"}\` has ${"count"} ${"members"}; the limit is ${"limit"}.`.help`Split it.`,

  // ---------------------------------------------------------------- emit
  "not-emitted-yet": error`${"what"} cannot be generated yet.`.help`${"consequence"}`,
  "emitted-name-clash": error`The generated code would have two things called ${"name"}: ${"what"} and ${"other"}.`
    .help`Rename one of the two.`,
  "output-name-clash": error`Both \`${"path"}\` and \`${"other"}\` would be written to \`${"output"}\`.`
    .help`Rename one of the files, or generate them into different directories.`,
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof table;

/** The values that a code's message and hint need, by gap name. */
export type Values<C extends Code> =
  (typeof table)[C] extends Entry<infer Gap> ? { readonly [G in Gap]: string } : never;

/** A second place that explains the first: where the earlier definition is, for instance. */
export interface Note {
  readonly span: Span;
  readonly message: string;
}

/** One fault found in one place. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly hint: string | undefined;
  readonly notes: readonly Note[];
}

/** Collects diagnostics; every stage reports into the one it is given and goes on. */
export class Diagnostics {
  readonly #found: Diagnostic[] = [];

  /** Reports a fault at a span with the values that its message names. */
  report<C extends Code>(code: C, span: Span, values: Values<C>, notes: readonly Note[] = []): void {
    const { severity, message, hint }: Entry = table[code];
    this.#found.push({
      code,
      severity,
      span,
      message: render(message, values),
      // A hint may be a gap that there is nothing to put into.
      hint: (hint && render(hint, values)) || undefined,
      notes,
    });
  }

  /** Whether an error was found inside a span: what would only follow from it need not be reported as well. */
  hasErrorWithin(span: Span): boolean {
    return this.#found.some(
      ({ severity, span: found }) =>
        severity === "error" && found.source === span.source && found.start >= span.start && found.end <= span.end,
    );
  }

  get hasErrors(): boolean {
    return this.#found.some((diagnostic) => diagnostic.severity === "error");
  }

  /** What was found, by file in the order files were first met, and in source order within each. */
  get all(): readonly Diagnostic[] {
    const files = new Map<string, Diagnostic[]>();
    for (const diagnostic of this.#found) {
      const path = diagnostic.span.source.path;
      const ofFile = files.get(path);
      if (ofFile === undefined) files.set(path, [diagnostic]);
      else ofFile.push(diagnostic);
    }
    return [...files.values()].flatMap((ofFile) => ofFile.sort((a, b) => a.span.start - b.span.start));
  }
}

/** Characters of one value in a message: a name that does not exist can be as long as its file. */
const longestValue = 400;

function render(template: Template<string>, values: { readonly [gap: string]: string }): string {
  const { texts, gaps } = template;
  return texts.map((text, index) => text + (index < gaps.length ? clip(values[gaps[index]!] ?? "") : "")).join("");
}

function clip(value: string): string {
  return value.length > longestValue ? `${value.slice(0, longestValue)}…` : value;
}
