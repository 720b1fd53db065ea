/** In place of `shell/build-kind.ts`, for the page as one file: nobody serves it, and it asks nobody. */
export const isServed: boolean = false;
