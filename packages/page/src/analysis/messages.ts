import type { Analysis } from "./analysis.ts";

/** The methods of `Analysis`, which the page may ask of its worker. */
export type Method = {
  [K in keyof Analysis]: Analysis[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Analysis];

/** What the page asks. */
export interface Question {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** What the worker says to a question: how far it is, or in the end what came of it. */
export type Answer = { readonly id: number } & (
  | { readonly progress: unknown }
  | { readonly value: unknown }
  | { readonly failure: Failed }
);

/** Why there is no answer: what is wrong, and what to do. */
export interface Failed {
  readonly message: string;
  readonly hint: string;
}
