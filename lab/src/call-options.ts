import type { Code } from "@connectrpc/connect";
import type { Protocol } from "@envoy-mesh-lab/connections";
import { protocols } from "@envoy-mesh-lab/connections";
import type { CallRequest, Kind } from "@envoy-mesh-lab/load";
import { callBounds, codeByName, findRpc, kinds } from "@envoy-mesh-lab/load";
import { integer } from "@envoy-mesh-lab/meshtrace";
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

/** What the user said of the calls to make, as commander parses it. */
export interface CallOptionValues {
  kind?: Kind;
  protocol: Protocol;
  drink: string;
  messages: number;
  work: number;
  gatewayWork: number;
  fail?: Code;
  gatewayFail?: Code;
  failAfter: number;
  timeout: number;
  header: Record<string, string>;
}

/** Adds the options that describe a call, the same for every command that makes calls. */
export function addCallOptions(command: Command): Command {
  return command
    .addOption(new Option("--kind <kind>", "kind of RPC, when none is named").choices(kinds))
    .addOption(
      new Option("--protocol <protocol>", "protocol of the call").choices(protocols).default("connect"),
    )
    .option("--drink <name>", "what to order", "espresso")
    .option("--messages <n>", "messages in a stream", integer(0, callBounds.messages), 3)
    .option(
      "--work <ms>",
      "time that the backend works, in milliseconds (in a stream: per message)",
      integer(0, callBounds.workMs),
      0,
    )
    .option(
      "--gateway-work <ms>",
      "time that the gateway works, in milliseconds",
      integer(0, callBounds.workMs),
      0,
    )
    .option("--fail <code>", 'Connect code that the backend fails with, "unavailable" for example', code)
    .option("--gateway-fail <code>", "Connect code that the gateway fails with", code)
    .option("--fail-after <n>", "messages in a stream before the failure", integer(0, callBounds.messages), 0)
    .option(
      "--timeout <ms>",
      "deadline of the call, in milliseconds",
      integer(1, callBounds.timeoutMs),
      30_000,
    )
    .option("-H, --header <name:value>", "header to send (repeatable)", header, {});
}

/** The request that the options describe. */
export function toRequest(name: string | undefined, options: CallOptionValues): CallRequest {
  return {
    rpc: findRpc(name, options.kind),
    drink: options.drink,
    messages: options.messages,
    gateway: {
      workMs: options.gatewayWork,
      failAfter: options.failAfter,
      ...(options.gatewayFail ? { fail: options.gatewayFail } : {}),
    },
    backend: {
      workMs: options.work,
      failAfter: options.failAfter,
      ...(options.fail ? { fail: options.fail } : {}),
    },
    timeoutMs: options.timeout,
    headers: options.header,
  };
}

function code(text: string): Code {
  const found = codeByName(text);
  if (found === undefined) {
    throw new InvalidArgumentError('It must be a Connect code such as "unavailable" or "not_found".');
  }
  return found;
}

function header(text: string, all: Record<string, string>): Record<string, string> {
  const at = text.indexOf(":");
  const name = text.slice(0, at).trim();
  if (at < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new InvalidArgumentError('It must have the form "name: value".');
  }
  return { ...all, [name]: text.slice(at + 1).trim() };
}
