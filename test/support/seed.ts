/** The seed of tests that chance takes part in. */

/** Another one each hour of work is `POSTERN_SEED`; a failure prints the one it was found with. */
export const seed = Number(process.env["POSTERN_SEED"] ?? 20_240_601);
