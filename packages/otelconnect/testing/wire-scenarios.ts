import { once } from "node:events";
import type { Client } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import type { EchoService } from "./echo-service.ts";
import type { Kind, Wire } from "./wires.ts";

/** What the handler is to do. It travels as the text of each request message. */
export type Behavior =
  | "answer"
  | "fail"
  | "throw"
  /** Nothing, until the call is cancelled. */
  | "hang"
  /** One message, then nothing until the call is cancelled. */
  | "answer then hang"
  /** One message, then an error. */
  | "answer then fail"
  /** Return without having read all requests. */
  | "return early"
  /** Break the connection, after one message where there are several. */
  | "vanish";

/** How a call ended at one side: well, or with a code. */
export type Outcome = Code | "ok";

/** What is to be seen of a call. */
export interface Expectation {
  readonly client: Outcome;
  /** More than one where two ends of the call race and either may be first. */
  readonly server: readonly Outcome[];
}

/** One way for a call to go. */
export interface Scenario {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly behavior: Behavior;
  /** The code that the handler fails with. */
  readonly code?: Code;
  /** Whether it takes a connection that breaks. */
  readonly needsSocket?: boolean;
  /** What the caller does beside reading. */
  readonly caller?:
    | "cancel at start"
    | "cancel after sending one"
    | "cancel after one"
    | "leave after one"
    | "deadline";
  readonly expected: (wire: Wire, kind: Kind) => Expectation;
}

const all: readonly Kind[] = ["Unary", "Server", "Client", "Bidi"];
const downstream: readonly Kind[] = ["Server", "Bidi"];
const upstream: readonly Kind[] = ["Client", "Bidi"];
const codes = Object.values(Code).filter((code): code is Code => typeof code === "number");

const same = (outcome: Outcome) => (): Expectation => ({ client: outcome, server: [outcome] });

/**
 * What the server sees when the client goes away. On HTTP/1.1, a handler that waits for requests gets the broken
 * connection from them, and connect-node calls that aborted.
 */
const gone = ({ version }: Wire, kind: Kind): Code =>
  version === "1.1" && kind === "Client" ? Code.Aborted : Code.Canceled;
const cancelled = (wire: Wire, kind: Kind): Expectation => ({
  client: Code.Canceled,
  server: [gone(wire, kind)],
});
// Both sides have the deadline; the server may hear of the client's before its own timer fires.
const late = (wire: Wire, kind: Kind): Expectation => ({
  client: Code.DeadlineExceeded,
  server: [Code.DeadlineExceeded, gone(wire, kind)],
});

/** The one table of what may happen to a call and what is to be seen of it. */
export const scenarios: readonly Scenario[] = [
  { name: "success", kinds: all, behavior: "answer", expected: same("ok") },
  ...codes.flatMap((code): Scenario[] => [
    { name: `handler error ${Code[code]}`, kinds: all, behavior: "fail", code, expected: same(code) },
    {
      name: `handler error ${Code[code]} in mid-stream`,
      kinds: downstream,
      behavior: "answer then fail",
      code,
      expected: same(code),
    },
  ]),
  {
    name: "thrown non-Connect error",
    kinds: all,
    behavior: "throw",
    expected: same(Code.Internal),
  },
  {
    name: "cancel before the first message",
    kinds: all,
    behavior: "hang",
    caller: "cancel at start",
    expected: cancelled,
  },
  {
    name: "cancel after the first message to the handler",
    kinds: upstream,
    behavior: "hang",
    caller: "cancel after sending one",
    expected: cancelled,
  },
  {
    name: "cancel after the first message from the handler",
    kinds: downstream,
    behavior: "answer then hang",
    caller: "cancel after one",
    expected: cancelled,
  },
  {
    name: "deadline",
    kinds: all,
    behavior: "hang",
    caller: "deadline",
    expected: late,
  },
  {
    name: "deadline in mid-stream",
    kinds: downstream,
    behavior: "answer then hang",
    caller: "deadline",
    expected: late,
  },
  {
    name: "reader that leaves early and aborts",
    kinds: downstream,
    behavior: "answer then hang",
    caller: "leave after one",
    expected: cancelled,
  },
  {
    name: "handler that returns early",
    kinds: upstream,
    behavior: "return early",
    expected: same("ok"),
  },
  {
    name: "server gone",
    kinds: all,
    behavior: "vanish",
    needsSocket: true,
    expected: (wire, kind) => ({
      client: wire.version === "2" ? Code.Unavailable : Code.Aborted,
      server: [gone(wire, kind)],
    }),
  },
];

/** What the caller saw. */
export interface Observation {
  readonly error: unknown;
  readonly messages: number;
}

/** Called with each message that is about to be sent. */
export type OnSend = () => void;

/** How far the handler is. A call is cancelled only once its handler is where the scenario wants it. */
export interface Progress {
  /** Resolves when the handler has begun. */
  readonly begun: Promise<void>;
  /** Resolves when a handler that reads a stream has its first message. */
  readonly received: Promise<void>;
}

/** Makes a call as a scenario wants it. */
export async function makeCall(
  client: Client<typeof EchoService>,
  kind: Kind,
  scenario: Scenario,
  progress: Progress,
  onSend: OnSend,
): Promise<Observation> {
  const controller = new AbortController();
  const { caller } = scenario;
  const options = {
    signal: controller.signal,
    ...(caller === "deadline" ? { timeoutMs: 60 } : {}),
  };
  const value = JSON.stringify({ behavior: scenario.behavior, code: scenario.code });
  async function* requests() {
    onSend();
    if (caller === "cancel at start") {
      await once(controller.signal, "abort");
    }
    yield { value };
    onSend();
    yield { value };
    onSend();
  }
  if (caller === "cancel at start") {
    progress.begun.then(() => controller.abort());
  } else if (caller === "cancel after sending one") {
    progress.received.then(() => controller.abort());
  }
  let messages = 0;
  try {
    switch (kind) {
      case "Unary":
        await client.unary({ value }, options);
        messages++;
        break;
      case "Client":
        await client.client(requests(), options);
        messages++;
        break;
      default:
        for await (const _ of kind === "Server"
          ? client.server({ value }, options)
          : client.bidi(requests(), options)) {
          messages++;
          if (caller === "cancel after one") {
            controller.abort();
          }
          if (caller === "leave after one") {
            break;
          }
        }
    }
    controller.abort();
    return { error: undefined, messages };
  } catch (error) {
    return { error, messages };
  }
}
