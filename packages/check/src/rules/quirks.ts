import type { Quirk, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, quirkEntry, quirkSentence } from "@envoy-mesh-lab/trace";
import type { Finding, FindingCode } from "../findings.ts";
import { severityOf } from "../findings.ts";
import type { Rule } from "./rule.ts";

/** What the reader found odd in the input, as findings, so that it is told like everything else. */
export const checkQuirks: Rule = ({ index }) =>
  (index.trace.quirks ?? [])
    .map((it): Finding | undefined => {
      if (it.code === "conflicting-span") return duplicate(index, it);
      // Another rule finds it by itself.
      return quirkEntry(it.code).toldBy === undefined ? odd(it) : undefined;
    })
    .filter((it) => it !== undefined);

/** The remedy of what is odd and may well be meant so. */
export const nothingToDo = "nothing, if you expect this; else look at what wrote or converted the input";

function odd(quirk: Quirk): Finding {
  const { code, spanIds } = quirk;
  const own: FindingCode = `input.${code}`;
  return {
    code: own,
    edge: "input",
    evidence: quirkSentence(quirk),
    cause: "what wrote the input, or what saved or converted it on the way",
    remedy:
      quirkEntry(code).remedy ??
      (severityOf(own) === "note"
        ? nothingToDo
        : "get the input again, and whole; what is missing in it cannot be checked"),
    spanIds,
  };
}

/** The reader gave one of the two spans another id, so that the rule about ids does not see it. */
function duplicate(index: TraceIndex, { message, spanIds }: Quirk): Finding {
  const place = index.spans.findIndex((it) => spanIds.includes(it.spanId));
  return {
    code: "span.duplicate-id",
    edge: place < 0 ? "input" : labelAt(index, place),
    evidence: message,
    cause: "a fixed seed makes the same ids again, or one span was sent twice with different contents",
    remedy:
      "look for a random generator that is seeded, forked or mocked, and for two exporters of one service",
    spanIds,
  };
}
