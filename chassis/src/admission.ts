import type { Pressure } from "./pressure.ts";

/** Kinds of calls, each with a bound of its own, so that one cannot take the place of another. */
export type CallKind = "unary" | "stream" | "health";

/** A call that asks to be let in. */
export interface Entry {
  /** Why it is not let in; undefined if it is. */
  readonly refusal: string | undefined;
  /** Says that it has ended. Has an effect once. */
  leave(): void;
}

/** Decides which calls a server takes on. */
export interface Admission {
  enter(kind: CallKind): Entry;
}

/** Most calls at a time, by kind. */
export type AdmissionLimits = Readonly<Record<CallKind, number>>;

/**
 * Most calls of a kind at a time while the event loop is late. A loop that is late with few calls is held up by something
 * else, and to refuse them would help nobody.
 */
const maxWhenLate = 100;

/**
 * Makes an admission that refuses calls before they take more memory or time than there is: by their number, and earlier when
 * the process is pressed. What is refused costs little, and whoever asked knows at once.
 */
export function createAdmission(limits: AdmissionLimits, pressure: Pressure): Admission {
  const inside: Record<CallKind, number> = { unary: 0, stream: 0, health: 0 };

  function refusalOf(kind: CallKind): string | undefined {
    if (inside[kind] >= limits[kind]) {
      return `the server has ${limits[kind]} ${names[kind]} at a time, which is all it takes`;
    }
    // Who asks for the health of a server that is pressed gets an answer.
    if (kind === "health") {
      return undefined;
    }
    if (pressure.isFull) {
      return "the server has no memory left for more calls";
    }
    if (inside[kind] >= maxWhenLate && pressure.isLate) {
      return "the server is late with the calls that it has";
    }
    return undefined;
  }

  return {
    enter(kind) {
      const reason = refusalOf(kind);
      if (reason !== undefined) {
        return { refusal: `${reason}; try again later`, leave() {} };
      }
      inside[kind]++;
      let left = false;
      return {
        refusal: undefined,
        leave() {
          inside[kind] -= left ? 0 : 1;
          left = true;
        },
      };
    },
  };
}

const names: Readonly<Record<CallKind, string>> = {
  unary: "unary calls",
  stream: "streams",
  health: "calls for its health",
};
