import { Code, ConnectError } from "@connectrpc/connect";

/** The id of a trace as Tempo has it. @throws {ConnectError} (InvalidArgument) for what is none. */
export function idOf(text: string): string {
  const id = text.trim().toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new ConnectError(
      `${JSON.stringify(text.slice(0, 80))} is no trace id: it has 32 hex digits`,
      Code.InvalidArgument,
    );
  }
  return id;
}
