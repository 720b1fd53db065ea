import type { TraceState } from "@opentelemetry/api";
import { trimOptionalWhitespace } from "./optional-whitespace.ts";

/** Most list members of a `tracestate`; W3C Trace Context Level 2, "tracestate Header Field Values". */
const maxMembers = 32;

/** Most characters that are passed on: what the specification asks for at least, "tracestate Limits". */
const maxLength = 512;

/** A list member longer than this, in characters, is given up first when there are too many characters in all. */
const longMember = 128;

const keyFormat = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const valueFormat = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A key and its value. */
type Member = readonly [key: string, value: string];

/**
 * Reads a `tracestate` header, of several lines joined by commas if there were several; W3C Trace Context Level 2,
 * "tracestate Header Field Values". Undefined if any of its members is malformed, or there are more than 32: the
 * specification lets a reader discard the whole, and a part of it would say what nobody has said.
 *
 * Empty members are passed over. Of members with the same key the first one is kept, which is the newest.
 */
export function parseTracestate(header: string): TraceState | undefined {
  const members: Member[] = [];
  for (const part of header.split(",")) {
    const member = trimOptionalWhitespace(part);
    if (member === "") {
      continue;
    }
    const equals = member.indexOf("=");
    const [key, value] = [member.slice(0, Math.max(equals, 0)), member.slice(equals + 1)];
    if (members.length === maxMembers || !keyFormat.test(key) || !valueFormat.test(value)) {
      return undefined;
    }
    members.push([key, value]);
  }
  return new StrictTraceState(withinLimits(members.filter(isFirstOfItsKey)));
}

/** The vendors' own data of a trace, always within the format and the limits of the specification. */
class StrictTraceState implements TraceState {
  private readonly members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  /** Puts a member first, in place of one with its key. What the format does not allow changes nothing. */
  set(key: string, value: string): TraceState {
    if (!keyFormat.test(key) || !valueFormat.test(value)) {
      return this;
    }
    return new StrictTraceState(withinLimits([[key, value], ...this.without(key)]));
  }

  unset(key: string): TraceState {
    return new StrictTraceState(this.without(key));
  }

  get(key: string): string | undefined {
    return this.members.find(([each]) => each === key)?.[1];
  }

  serialize(): string {
    return this.members.map(format).join(",");
  }

  private without(key: string): readonly Member[] {
    return this.members.filter(([each]) => each !== key);
  }
}

function format([key, value]: Member): string {
  return `${key}=${value}`;
}

function isFirstOfItsKey([key]: Member, index: number, members: readonly Member[]): boolean {
  return members.findIndex(([each]) => each === key) === index;
}

/**
 * Takes whole members away until there are at most 32 with at most 512 characters: long ones first, then those at the
 * end; W3C Trace Context Level 2, "tracestate Limits" and "tracestate Header Field Values".
 */
function withinLimits(all: readonly Member[]): readonly Member[] {
  const members = all.slice(0, maxMembers);
  while (members.map(format).join(",").length > maxLength) {
    const lastLong = members.findLastIndex((member) => format(member).length > longMember);
    members.splice(lastLong === -1 ? members.length - 1 : lastLong, 1);
  }
  return members;
}

/** Whether a trace state is one of those that cannot be malformed. */
export function isStrict(state: TraceState): boolean {
  return state instanceof StrictTraceState;
}
