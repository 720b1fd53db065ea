/**
 * How the odd backend answers, by the drink that is ordered, and the codes with which the gateway's callers may hear of it: none
 * blames the caller.
 */
export const oddAnswers = {
  "bytes that are no frames": ["unavailable"],
  "headers without end": ["unavailable"],
  "headers of 100 kB": ["unavailable"],
  "headers that are malformed": ["unavailable"],
  "a pseudo header in the trailers": ["unavailable"],
  // Connect has `unknown` for a unary answer over gRPC-Web.
  "no end": ["internal", "unknown"],
  "a status that is none": ["internal"],
  "a message of 5 MB": ["resource_exhausted"],
  "a message of 4 GB by its length": ["resource_exhausted"],
  "a message that is cut off": ["internal"],
  "a compressed message without an encoding": ["internal"],
  "bytes that are no protobuf": ["internal"],
  // Connect takes the page for an envelope, over gRPC-Web.
  "a page": ["unknown", "resource_exhausted"],
  // Envoy passes on no answer with more headers than 60 kB, among which Connect's end of a stream is none.
  "an error message of 50 kB": ["failed_precondition", "unavailable"],
} as const;

export type OddAnswer = keyof typeof oddAnswers;
