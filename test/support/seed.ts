/** The seed of tests that chance takes part in. */

/** The same in every run, so that a failure is there again; `POSTERN_SEED` gives another. Failures print theirs. */
export const seed = Number(process.env["POSTERN_SEED"] ?? 20_240_601);
