/** A promise of the store that was not kept. */
export class BrokenPromise extends Error {}
