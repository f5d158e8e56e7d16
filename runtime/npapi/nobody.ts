/**
 * What a function has for `this` that a peer calls by itself: an object that has nothing and takes nothing. Undefined
 * would be that for strict code only. To any other the language gives the global object in its place, which leads to
 * everything that there is.
 */
export const nobody: object = Object.freeze(Object.create(null));
