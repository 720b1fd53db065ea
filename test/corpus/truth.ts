import { readFileSync } from "node:fs";
import { LabError, parseDuration } from "@envoy-mesh-lab/trace";
import { parse } from "yaml";
import { z } from "zod";

/** Nanoseconds of a duration such as `1.5ms`. */
const time = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return Math.round(ms * 1e6);
  context.addIssue(`"${text}" is no duration; it has the form 1.5ms or 420us`);
  return z.NEVER;
});

/** A finding: its code, and where it matters also a span that it must be about. */
const finding = z
  .string()
  .regex(/^[a-z.-]+( at [0-9a-f]{16})?$/, "a finding is `code`, or `code at SPANID`")
  .transform((text) => {
    const [code, span] = text.split(" at ");
    return { code: code as string, span };
  });

/** Who made spans: an application, or one proxy looking one way. */
const party = z.strictObject({
  role: z.enum(["app", "proxy"]),
  /** `service.name` of its spans. Default: the party's name. */
  service: z.string().optional(),
  /** `either`: the proxy works for nobody in particular, so both will do, as long as all its spans have the same. */
  direction: z.enum(["inbound", "outbound", "either"]).optional(),
  /** Span ids; with the kind behind it (`0a1b… server`) where two spans share one id. */
  spans: z.array(z.string().regex(/^[0-9a-f]{16}( [a-z]+)?$/, "a span is its id, or `ID kind`")),
});

/** Where a file of somebody else is to be had that is not kept here, and how it is known. */
const source = z.strictObject({
  /** OWNER/NAME on GitHub. */
  repository: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** By its SPDX identifier. */
  licence: z.string(),
});

const schema = z.strictObject({
  /** Of a public file (samples/public); the cases of the corpus bring their trace. */
  source: source.optional(),
  /** Whose behaviour the case shows: a row of the table. */
  product: z.string(),
  /** `recorded` from the product that really ran, written `from source` of it, or `by construction` for any. */
  made: z.enum(["recorded", "from source", "by construction"]),
  /** The trace's file from the root of the repository, where it is not in the case's folder. */
  trace: z.string().optional(),
  /** A text that the refusal has, where the input must be refused. */
  refused: z.string().optional(),
  parties: z.record(z.string(), party).default({}),
  /** What must be found, and what may be. Whatever else is found and is more than a note is invented. */
  findings: z
    .strictObject({ must: z.array(finding).default([]), may: z.array(finding).default([]) })
    .prefault({}),
  /** `whole`, and the time of each hop: `ROLE PARTY` or `ROLE PARTY > PARTY`. Absent where nobody can tell. */
  time: z.record(z.string(), time).optional(),
  /** What is reported wrongly today, by the name that `npm run corpus` gives it, and why. */
  "known-wrong": z.record(z.string(), z.string()).default({}),
  /**
   * What the trace does not tell, so that nobody can, by the same names, with the reason; and what the lab says of its not
   * knowing: the code of a finding, the role of a hop (`mixed`), or words of a note of `compare`. Absent where it says nothing.
   */
  untold: z.record(z.string(), z.strictObject({ why: z.string(), said: z.string().optional() })).default({}),
});

/** What is right of a case, worked out without the lab's code. */
export type Truth = z.output<typeof schema>;
export type Party = Truth["parties"][string];

/**
 * Reads a truth.yaml.
 *
 * @throws {LabError} when it is none, or its times do not add up.
 */
export function readTruth(file: string): Truth {
  const result = schema.safeParse(readYaml(file));
  if (!result.success) {
    throw new LabError(`${file} is no truth: ${z.prettifyError(result.error)}`, {
      hint: "docs/corpus.md tells its form",
    });
  }
  const { time: times } = result.data;
  if (times !== undefined) {
    const { whole, ...hops } = times;
    const sum = Object.values(hops).reduce((total, it) => total + it, 0);
    // Hops are rounded when they are written.
    if (whole === undefined || Math.abs(sum - whole) > whole / 1000) {
      throw new LabError(`${file}: the hops take ${sum} ns together, the whole ${whole} ns`, {
        hint: "every nanosecond of the whole is some hop's",
      });
    }
  }
  return result.data;
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new LabError(`${file} is no YAML: ${(error as Error).message}`, {
      hint: "docs/corpus.md tells its form",
    });
  }
}
