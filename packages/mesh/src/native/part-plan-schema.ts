import { constants } from "node:os";
import { z } from "zod";
import type { PartPlan } from "./plan-types.ts";

/** The longest time that a timer takes, in milliseconds; Node runs a longer one at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Most entries of a list; far more than a mesh has, and few enough to be checked in a moment if each is wrong. */
const mostEntries = 10_000;

// No operating system takes a zero byte in an argument, a variable or a path, and spawn() throws.
const text = z.string().refine((value) => !value.includes("\0"), "has a zero byte");
const someText = text.min(1);
const milliseconds = z.number().min(0).max(longestTimerMs);
const port = z.number().int().min(1).max(65_535);
const command = list(text).pipe(z.tuple([someText], text));

/** A list whose length is checked before its entries are. */
export function list<T extends z.ZodType>(entry: T) {
  return z.array(z.unknown()).max(mostEntries).pipe(z.array(entry));
}

/** The name of a part: of a service as Compose takes it, and safe as the name of a file. */
export const partNameSchema = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}$)[a-zA-Z0-9._-]+$/, "is no name of a service");

/** The name of a signal of this system. */
export const signalSchema = z.custom<NodeJS.Signals>(
  (value) => typeof value === "string" && Object.hasOwn(constants.signals, value),
  "is no signal",
);

const health = z.strictObject({
  probe: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("http"), url: z.url({ protocol: /^http$/ }) }),
    z.strictObject({ kind: z.literal("exec"), argv: command }),
  ]),
  interval: milliseconds,
  timeout: milliseconds,
  retries: z.number().int().min(1),
  startPeriod: milliseconds,
  startInterval: milliseconds,
  refusals: z.strictObject({ url: z.url({ protocol: /^https?$/ }), counter: someText }).exactOptional(),
});

/**
 * A part as a command to the supervisor describes it. Strict: what the supervisor does not know, it would leave out in
 * silence; what it cannot use, it would notice halfway.
 */
export const partPlanSchema: z.ZodType<PartPlan> = z.strictObject({
  name: partNameSchema,
  program: text,
  version: text,
  within: list(text).exactOptional(),
  argv: command,
  env: z
    .custom<object>((value) => Object.keys(value ?? {}).length <= mostEntries, "has too many variables")
    .pipe(z.record(z.string().regex(/^[^=\0]+$/, "is no name of a variable"), text)),
  cwd: someText,
  folders: list(text),
  room: z.strictObject({ least: z.number().min(0), folders: list(text) }).exactOptional(),
  configs: list(z.strictObject({ path: someText, source: text, text: z.string() })),
  ports: list(z.strictObject({ container: port, host: port, published: z.boolean() })),
  dependsOn: list(
    z.strictObject({
      name: partNameSchema,
      condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
      restart: z.boolean(),
    }),
  ),
  health: health.exactOptional(),
  validateArgs: list(text).exactOptional(),
  restart: z.strictObject({
    when: z.enum(["no", "always", "unless-stopped", "on-failure"]),
    attempts: z.number().int().min(0).exactOptional(),
  }),
  drain: someText.exactOptional(),
  stopSignal: signalSchema,
  stopGrace: milliseconds,
  hash: someText,
});
