/**
 * A channel block: for each role what it offers, as its peer has it and as it is served, and the functions that open a
 * channel with the offers of both ends in place.
 */

import type { InterfaceDeclarationStructure, OptionalKind, PropertySignatureStructure } from "ts-morph";
import type { Channel, Offer, Role } from "../model/model.ts";
import { limitsView } from "./attributes.ts";
import { commentOf, docsStructure } from "./docs.ts";
import { braced } from "./layout.ts";
import { implementationName, memberName, openingNames, roleMemberName, roleTypeName } from "./naming.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { constant, type Statement } from "./statements.ts";
import { StructureKind } from "./ts-morph.ts";

/** One of the two ends, and the names it is printed under. */
interface End {
  readonly role: Role;
  /** The type of its offers, as the peer has them. */
  readonly held: string;
  /** The type of what serves them. */
  readonly served: string;
  /** The constant that describes it. */
  readonly constant: string;
  /** What the ends' object, and what is opened to it, call it. */
  readonly member: string;
}

/** Describes all that a channel block becomes. */
export function channelStatements(declaration: Channel, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const ends = declaration.roles.map((role) => endOf(name, role));
  return [
    ...ends.flatMap((end) => [heldInterface(name, end, scope), servedInterface(name, end, scope)]),
    ...ends.map((end) => roleConstant(end, scope)),
    endsConstant(declaration, name, ends, scope),
    ...ends.flatMap((end, index) => openings(name, end, ends[1 - index]!, scope)),
  ];
}

function endOf(channel: string, role: Role): End {
  const held = roleTypeName(channel, role.name);
  return {
    role,
    held,
    served: implementationName(held),
    constant: `${channel}$${role.name}`,
    member: roleMemberName(role.name),
  };
}

function heldInterface(channel: string, { role, held }: End, scope: ModuleScope): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    name: held,
    isExported: true,
    docs: docsStructure(
      commentOf(role, `What the \`${role.name}\` of a {@link ${channel}} offers, as its peer has it.`),
    ),
    properties: role.offers.map((offer) => property(offer, scope.type(offer.interface))),
  };
}

function servedInterface(channel: string, { role, served }: End, scope: ModuleScope): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    name: served,
    isExported: true,
    docs: [`What the \`${role.name}\` of a {@link ${channel}} serves.`],
    properties: role.offers.map((offer) => property(offer, scope.implementation(offer.interface))),
  };
}

function property(offer: Offer, type: string): OptionalKind<PropertySignatureStructure> {
  return { name: memberName(offer.name), type, isReadonly: true, docs: docsStructure(commentOf(offer)) };
}

function roleConstant({ role, held, served, constant: name }: End, scope: ModuleScope): Statement {
  const offers = role.offers.map((offer) => `${memberName(offer.name)}: ${scope.value(offer.interface)}`);
  return constant({
    name,
    type: `${scope.runtimeType("Role")}<${held}, ${served}>`,
    initializer: render("role", {
      define: scope.runtimeValue("defineRole"),
      limits: limitsView(role),
      offers: offers.length === 0 ? "{}" : braced("{", offers, "}"),
    }),
  });
}

/** The roles under the channel's name, for what opens a channel otherwise: `serve`, or a test. */
function endsConstant(declaration: Channel, name: string, ends: readonly End[], scope: ModuleScope): Statement {
  const types = ends.map(
    ({ member, held, served }) => `readonly ${member}: ${scope.runtimeType("Role")}<${held}, ${served}>`,
  );
  return constant({
    name,
    type: `{\n${types.map((type) => `  ${type};\n`).join("")}}`,
    initializer: braced(
      "{",
      ends.map((end) => `${end.member}: ${end.constant}`),
      "}",
    ),
    comment: commentOf(declaration, `The roles of the channel \`${declaration.qualifiedName}\`.`),
    exported: true,
  });
}

/** The two names of what opens a channel between this role and the other: as this one, and to the other one. */
function openings(channel: string, own: End, peer: End, scope: ModuleScope): Statement[] {
  const opening = (name: string, doc: string): Statement =>
    render("opening", {
      name,
      doc,
      channelLike: scope.runtimeType("ChannelLike"),
      channelOptions: scope.runtimeType("ChannelOptions"),
      endOptions: scope.runtimeType("EndOptions"),
      served: own.served,
      held: peer.held,
      ownRole: own.constant,
      peerRole: peer.constant,
      peer: peer.member,
    });
  const ready = `what the \`${peer.role.name}\` offers can be called at once.`;
  return [
    opening(
      openingNames(own.role.name).connect,
      `Opens a {@link ${channel}} whose \`${own.role.name}\` is this end; ${ready}`,
    ),
    opening(
      openingNames(peer.role.name).accept,
      `Opens a {@link ${channel}} to a peer that is its \`${peer.role.name}\`; ${ready}`,
    ),
  ];
}
