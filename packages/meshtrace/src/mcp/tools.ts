import { z } from "zod";

/** A path, an id or a URL: whatever begins with a dash would be an option, and `-` standard input, which the protocol has. */
const word = z.string().min(1).regex(/^[^-]/, "must not begin with a dash");

/** Where the traces are. */
const sourceSchema = z.object({
  files: z
    .array(word)
    .optional()
    .describe("files or folders with traces: OTLP, Jaeger, Zipkin or Tempo's JSON"),
  ids: z.array(word).optional().describe("trace ids, 32 hex digits; with files, only these"),
  tempo: word.optional().describe("base URL of a Tempo to ask by id, or to search by query"),
  jaeger: word.optional().describe("base URL of a Jaeger to ask by id, or to search by service"),
  zipkin: word.optional().describe("base URL of a Zipkin to ask by id, or to search by service"),
  query: z.string().optional().describe("TraceQL, for Tempo"),
  service: word.optional().describe("whose traces to search Jaeger or Zipkin for"),
  since: word.optional().describe("how far back a search looks: 90s, 15m, 2h, 1d"),
});

/** What a tool takes, what it is for, and the command that it is. */
interface Tool {
  readonly description: string;
  readonly schema: z.ZodObject;
  /** The command, and options that it always has. */
  readonly command: readonly string[];
}

/** Each is a command of meshtrace that reads, with none of its options that write a file. */
export const tools: Readonly<Record<string, Tool>> = {
  check: {
    description:
      "Says what is wrong in traces of services behind proxies: which edge, what was seen, the cause and the remedy, root causes first.",
    schema: sourceSchema.extend({
      expect: word.optional().describe("a file of expectations to hold the traces against"),
    }),
    command: ["check"],
  },
  compare: {
    description: "Says who had the time: applications, proxies, client sides or the network, hop by hop.",
    schema: sourceSchema.extend({
      against: word.optional().describe("a file of other traces to compare with"),
    }),
    command: ["compare"],
  },
  explain: {
    description: "Says of one trace who got each stretch of its time, by which span and by which rule.",
    schema: sourceSchema,
    command: ["compare", "--explain"],
  },
  trace: {
    description: "Draws traces as trees, with each proxy told from the applications, and why it is one.",
    schema: sourceSchema.extend({
      attributes: z.boolean().optional().describe("also all that each span says"),
    }),
    command: ["trace", "--why"],
  },
};

/** Options by the name of what is asked for; what is not here is an argument. */
const lists = ["files", "ids"];

/** The command line that a tool is, from what it was asked. */
export function commandLineOf({ command }: Tool, asked: Readonly<Record<string, unknown>>): string[] {
  const options = Object.entries(asked).flatMap(([name, value]) => {
    if (lists.includes(name) || value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}=${value}`];
  });
  const listed = lists.flatMap((name) => (asked[name] as string[] | undefined) ?? []);
  return [...command, ...options, "--", ...listed];
}
