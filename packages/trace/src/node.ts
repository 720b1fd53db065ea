export type { HttpStore } from "./http-store.ts";
export { followFile } from "./input/follow.ts";
export { readFileNow, readInputs } from "./input/read-inputs.ts";
export { searchTraces } from "./input/search.ts";
export { fetchFromStore, type OtherStore, otherStores, searchStore } from "./other-stores.ts";
export { type FoundTrace, fetchTrace, findTraces, waitForTrace } from "./tempo.ts";
