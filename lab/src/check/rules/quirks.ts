import type { Finding } from "../findings.ts";
import type { Rule } from "./rule.ts";

/** What the reader found odd in the input, as findings, so that it is told like everything else. */
export const checkQuirks: Rule = ({ index }) =>
  (index.trace.quirks ?? []).map(
    ({ code, message, spanIds }): Finding => ({
      code: `input.${code}`,
      edge: "input",
      evidence: message,
      cause: "the file says it in an unusual way; what was made of it is told above",
      remedy: "nothing, if that is what was meant; else look at what wrote the file",
      spanIds,
    }),
  );
