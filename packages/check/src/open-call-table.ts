import type { OpenCall } from "./open-calls.ts";

/** What is so or not of a call, each with a bit of its own. */
const bits = { isProxy: 1, isHandler: 2, isSideCall: 4, toOwnApp: 8 };

/**
 * The open calls of all traces, column by column: there may be nearly as many as spans, and few of them are ever looked at
 * again. A call is known by its row.
 */
export class OpenCallTable {
  readonly #traceIds: string[] = [];
  readonly #spanIds: string[] = [];
  readonly #places: number[] = [];
  readonly #labels: string[] = [];
  readonly #services: string[] = [];
  readonly #flags: number[] = [];
  readonly #paths: (string | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #requestIds: (readonly string[])[] = [];
  /** By row: another row of the same chain, or -1. */
  readonly #before: number[] = [];

  get size(): number {
    return this.#spanIds.length;
  }

  /** @returns the row of the call. */
  add(call: OpenCall, requestIds: readonly string[]): number {
    this.#traceIds.push(call.traceId);
    this.#spanIds.push(call.spanId);
    this.#places.push(call.place);
    this.#labels.push(call.label);
    this.#services.push(call.service);
    this.#flags.push(
      (call.isProxy ? bits.isProxy : 0) |
        (call.isHandler ? bits.isHandler : 0) |
        (call.isSideCall ? bits.isSideCall : 0) |
        (call.toOwnApp ? bits.toOwnApp : 0),
    );
    this.#paths.push(call.path);
    this.#starts.push(call.start);
    this.#ends.push(call.end);
    this.#requestIds.push(requestIds);
    return this.#before.push(-1) - 1;
  }

  /** The call of a row. */
  at(row: number): OpenCall {
    const flags = this.#flags[row] as number;
    return {
      traceId: this.#traceIds[row] as string,
      spanId: this.#spanIds[row] as string,
      place: this.#places[row] as number,
      label: this.#labels[row] as string,
      service: this.#services[row] as string,
      isProxy: (flags & bits.isProxy) !== 0,
      isHandler: (flags & bits.isHandler) !== 0,
      isSideCall: (flags & bits.isSideCall) !== 0,
      toOwnApp: (flags & bits.toOwnApp) !== 0,
      path: this.#paths[row],
      start: this.#starts[row] as number,
      end: this.#ends[row] as number,
    };
  }

  /** The path of a call that may go on elsewhere; undefined for handlers, and where none is known. */
  pathAt(row: number): string | undefined {
    return ((this.#flags[row] as number) & bits.isHandler) === 0 ? this.#paths[row] : undefined;
  }

  /** The request ids of the trace that the call is in. */
  requestIdsAt(row: number): readonly string[] {
    return this.#requestIds[row] as readonly string[];
  }

  /** Chains a row to the last one of its chain, which is -1 when it is the first: the new last one. */
  chain(row: number, last: number): number {
    this.#before[row] = last;
    return row;
  }

  /** The calls of a chain, by its last row. */
  *chained(last: number): Generator<OpenCall> {
    for (let row = last; row >= 0; row = this.#before[row] as number) yield this.at(row);
  }
}
