import type { Diagnostics } from "../diagnostics.ts";
import type { Callback, Channel, Declaration, Interface, Model, Offer, Role, Union } from "../model/model.ts";
import { declarationsOf, deepPartsOf, type TypeUse, typesOf } from "./walk.ts";

/**
 * A capability goes only where it may. What one end of a channel offers, and gives the other end in no other way, is
 * served by that end: the other may lend it home, but not give one to keep. And an end without exports passes nothing.
 */
export function misplacedCapabilities(model: Model, diagnostics: Diagnostics): void {
  const uses = usesByDeclaration(model);
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "channel" || declaration.roles.length !== 2) continue;
    const handed = handedIn(declaration, uses);
    reportMisplaced(declaration, handed, diagnostics);
    reportOverLimit(declaration, handed, diagnostics);
  }
}

function reportMisplaced(channel: Channel, handed: readonly Handed[], diagnostics: Diagnostics): void {
  for (const { target, to, use } of misplaced(channel, handed)) {
    const [role, giver] = [channel.roles[to]!, channel.roles[other(to)]!];
    const values = { name: use.of.name, role: role.name, interface: target.name, other: giver.name };
    const notes = [{ span: offersOf(role, target)[0]!.span, message: `\`${role.name}\` offers it here.` }];
    diagnostics.report("capability-misplaced", use.span, values, notes);
  }
}

function reportOverLimit({ roles }: Channel, handed: readonly Handed[], diagnostics: Diagnostics): void {
  const closed = roles.find((role) => limitOf(role, "exports") === 0n);
  if (closed === undefined) return;
  for (const { target, use } of handed) {
    const values = { name: use.of.name, object: target.name, role: closed.name };
    const notes = [{ span: closed.nameSpan, message: `\`${closed.name}\` is here.` }];
    diagnostics.report("capability-over-limit", use.span, values, notes);
  }
}

function limitOf({ attributes }: Role, limit: string): bigint | undefined {
  const value = attributes.find(({ name }) => name === "limits")?.arguments.get(limit);
  return value?.kind === "integer" ? value.value : undefined;
}

/** One of a channel's ends, by its position. */
type End = 0 | 1;

/** An object that crosses a channel, and the end that gets it. */
interface Handed {
  readonly target: Interface | Callback;
  readonly to: End;
  readonly ownership: "own" | "borrow";
  readonly use: TypeUse;
}

/** Those given to keep to the one end that offers them, when that end has not given any away before. */
function misplaced({ roles }: Channel, handed: readonly Handed[]): readonly Handed[] {
  return handed.filter(
    ({ target, to, ownership }) =>
      ownership === "own" &&
      comesHome(roles, target, to) &&
      !handed.some((each) => each.target === target && each.to !== to),
  );
}

/** Whether an end offers an interface and the other does not: what that end is given of it should be its own. */
function comesHome(roles: readonly Role[], target: Interface | Callback, to: End): boolean {
  return offersOf(roles[to]!, target).length > 0 && offersOf(roles[other(to)]!, target).length === 0;
}

function offersOf({ offers }: Role, target: Interface | Callback): readonly Offer[] {
  return offers.filter((offer) => offer.interface === target);
}

/** What can be followed from an offer: a thing with methods and the end that serves it, or a value and who gets it. */
interface Step {
  readonly declaration: Declaration;
  readonly end: End;
}

/** Follows everything that the offers of both ends reach, each step once, and returns the interfaces on the way. */
function handedIn({ roles }: Channel, uses: ReadonlyMap<unknown, readonly TypeUse[]>): readonly Handed[] {
  const handed: Handed[] = [];
  const ends = [new Set<Declaration>(), new Set<Declaration>()] as const;
  const left: Step[] = [];
  const follow = (declaration: Declaration, end: End): void => {
    if (ends[end].has(declaration)) return;
    ends[end].add(declaration);
    left.push({ declaration, end });
  };
  const hand = (use: TypeUse, to: End): void => {
    for (const part of deepPartsOf(use.type)) {
      if (part.kind === "named") follow(part.declaration, to);
      if (part.kind !== "reference") continue;
      const { target, ownership } = part;
      handed.push({ target, to, ownership, use });
      if (!comesHome(roles, target, to)) follow(target, other(to));
    }
  };
  for (const [index, { offers }] of roles.entries())
    for (const offer of offers) follow(offer.interface, index === 0 ? 0 : 1);
  for (let step = left.pop(); step !== undefined; step = left.pop()) {
    const { declaration, end } = step;
    // Parameters go to the end that serves a method, results and errors from it; a value's parts go where it goes.
    for (const use of uses.get(declaration) ?? []) hand(use, use.place === "result" ? other(end) : end);
    for (const error of errorsOf(declaration)) follow(error, other(end));
  }
  return handed;
}

function other(end: End): End {
  return end === 0 ? 1 : 0;
}

function errorsOf(declaration: Declaration): readonly Union[] {
  const callables: readonly Pick<Callback, "throws">[] =
    declaration.kind === "interface" ? declaration.methods : declaration.kind === "callback" ? [declaration] : [];
  return callables.flatMap(({ throws }) => throws.filter((error): error is Union => error.kind === "union"));
}

function usesByDeclaration(model: Model): ReadonlyMap<unknown, readonly TypeUse[]> {
  const uses = new Map<unknown, TypeUse[]>();
  for (const use of typesOf(model)) {
    const [declaration] = use.within;
    const known = uses.get(declaration);
    if (known === undefined) uses.set(declaration, [use]);
    else known.push(use);
  }
  return uses;
}
