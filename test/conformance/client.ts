/** The client under test: reads calls from the suite, makes them, and tells the suite what came of each. */
import { create } from "@bufbuild/protobuf";
import { makeCall } from "./call.ts";
import { readMessages, writeMessage } from "./framing.ts";
import type { ClientCompatRequest, ClientCompatResponse } from "./messages.ts";
import { ClientCompatRequestSchema, ClientCompatResponseSchema } from "./messages.ts";
import { interceptorsOf } from "./tracing.ts";
import { transports } from "./transports.ts";

/**
 * Calls at a time. With 16, and no interceptor at all, connect-es rejects a promise that nobody watches with
 * deadline_exceeded, which ends the process; with one at a time the run takes four times as long.
 */
const inFlight = 4;

const transportFor = transports(interceptorsOf("client"));
const running = new Set<Promise<void>>();
for await (const request of readMessages(process.stdin, ClientCompatRequestSchema)) {
  while (running.size >= inFlight) {
    await Promise.race(running);
  }
  const call = answer(request).then((response) => {
    writeMessage(process.stdout, ClientCompatResponseSchema, response);
    running.delete(call);
  });
  running.add(call);
}
await Promise.all(running);
// Connections are kept for the next call, and would keep the process.
process.exit(0);

async function answer(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const { testName } = request;
  try {
    const value = await makeCall(transportFor(request), request);
    return create(ClientCompatResponseSchema, { testName, result: { case: "response", value } });
  } catch (reason) {
    // Not an error of the call, which is a result too: the call could not be made as asked.
    return create(ClientCompatResponseSchema, {
      testName,
      result: { case: "error", value: { message: String(reason) } },
    });
  }
}
