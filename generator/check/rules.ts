/**
 * Every rule that a model is held to, in order: first what things are called, then what they are, then how they are
 * put together. A rule sees the model and no syntax: what the model has no place for was refused when it was made.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { attributeParameters } from "./attribute-parameters.ts";
import { blockingNames } from "./blocking-names.ts";
import { borrows } from "./borrows.ts";
import { channels } from "./channels.ts";
import { counts } from "./counts.ts";
import { deadlines } from "./deadlines.ts";
import { defaultsLast } from "./defaults.ts";
import { deprecations } from "./deprecations.ts";
import { descriptors } from "./descriptors.ts";
import { documentation } from "./documentation.ts";
import { duplicateNames } from "./duplicate-names.ts";
import { duplicateValues } from "./duplicate-values.ts";
import { empties } from "./empties.ts";
import { errnos } from "./errnos.ts";
import { flags } from "./flags.ts";
import { limits } from "./limits.ts";
import { misplacedCapabilities } from "./misplaced-capabilities.ts";
import { nameStyles } from "./name-styles.ts";
import { oneway } from "./oneway.ts";
import { ordinals } from "./ordinals.ts";
import { packages } from "./packages.ts";
import { resources } from "./resources.ts";
import { selectors } from "./selectors.ts";
import { sizes } from "./sizes.ts";
import { streams } from "./streams.ts";
import { tableFields } from "./table-fields.ts";
import { throwsOnce } from "./throws.ts";
import { unbounded } from "./unbounded.ts";
import { versions } from "./versions.ts";
import { weightless } from "./weightless.ts";

/** Walks the model once and reports what breaks its rule. */
export type Rule = (model: Model, diagnostics: Diagnostics) => void;

/** The rules, in order. */
export const rules: readonly Rule[] = [
  packages,
  duplicateNames,
  blockingNames,
  nameStyles,
  documentation,

  empties,
  counts,
  duplicateValues,
  flags,
  errnos,
  ordinals,
  tableFields,
  sizes,

  unbounded,
  weightless,
  streams,
  descriptors,
  borrows,
  resources,
  attributeParameters,

  selectors,
  oneway,
  deadlines,
  throwsOnce,
  defaultsLast,
  channels,
  limits,
  misplacedCapabilities,

  versions,
  deprecations,
];
