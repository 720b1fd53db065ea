/** The protocols, kinds and RPCs that the form offers. */
export const protocols = ["connect", "grpc", "grpc-web"] as const;
export const rpcs = ["OrderDrink", "GetDrink", "WatchOrder", "OrderRound", "ServeTable"] as const;

/** What the form says of calls; numbers as they were typed are numbers here. */
export interface CallForm {
  readonly rpc: string;
  readonly protocol: string;
  readonly drink: string;
  readonly number: number;
  /** Calls per second; 0: one after the other. */
  readonly rate: number;
  readonly messages: number;
  readonly workMs: number;
  readonly gatewayWorkMs: number;
  /** A Connect code, or empty. */
  readonly fail: string;
  readonly gatewayFail: string;
  readonly failAfter: number;
  readonly timeoutMs: number;
}

/** What `lab call` does when nothing is said. */
export const plainCall: CallForm = {
  rpc: "OrderDrink",
  protocol: "connect",
  drink: "espresso",
  number: 1,
  rate: 0,
  messages: 3,
  workMs: 0,
  gatewayWorkMs: 0,
  fail: "",
  gatewayFail: "",
  failAfter: 0,
  timeoutMs: 30_000,
};

/** The fields of the form that are options, in the order of `lab call --help`. */
const options = [
  ["protocol", "--protocol"],
  ["drink", "--drink"],
  ["messages", "--messages"],
  ["workMs", "--work"],
  ["gatewayWorkMs", "--gateway-work"],
  ["fail", "--fail"],
  ["gatewayFail", "--gateway-fail"],
  ["failAfter", "--fail-after"],
  ["timeoutMs", "--timeout"],
] as const satisfies [keyof CallForm, string][];

/** The command line that makes the same calls: what is as by default is left out. */
export function commandLine(form: CallForm): string {
  const isLoad = form.rate > 0;
  const words = ["npm run lab --", isLoad ? "load" : "call", quoted(form.rpc)];
  if (isLoad) words.push("--rate", `${form.rate}`);
  if (isLoad || form.number !== 1) words.push("-n", `${form.number}`);
  for (const [field, option] of options) {
    if (form[field] !== plainCall[field]) words.push(option, quoted(`${form[field]}`));
  }
  return words.join(" ");
}

/** A word as a POSIX shell takes it for itself. */
function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
