/** The model while it is being built: its declarations refer to each other, so they exist before they are complete. */

/** A part of the model whose fields can still be set; outside of `model/` it is read-only. */
export type Building<T> = T extends unknown ? { -readonly [Key in keyof T]: T[Key] } : never;
