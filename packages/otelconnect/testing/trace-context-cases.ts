/**
 * What W3C Trace Context Level 2 says of a request's headers, case by case: https://www.w3.org/TR/trace-context-2/
 *
 * `suite` names the test of W3C's own suite that asks the same, so that it can be told whether all of them are asked:
 * https://github.com/w3c/trace-context/tree/main/test
 */
export interface TraceContextCase {
  readonly what: string;
  /** The section of the specification. */
  readonly section: string;
  readonly suite?: string;
  /** Header lines in order, each as it is. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether the service's own calls belong to the caller's trace, or to a new one. */
  readonly trace: "continued" | "new";
  /** The `tracestate` of the service's own calls. Default: none. */
  readonly tracestate?: string | undefined;
  /** The random flag of the service's own calls. Default: not set. */
  readonly random?: boolean;
  /** Whether the trace is sampled. Default: yes. */
  readonly sampled?: boolean;
}

/** The ids of the trace that every case continues or does not. */
export const traceId = "0af7651916cd43dd8448eb211c80319c";
export const spanId = "b7ad6b7169203331";
const valid = `00-${traceId}-${spanId}-01`;

const parent = (value: string) => ["traceparent", value] as const;
const state = (value: string) => ["tracestate", value] as const;
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `k${from + index}=${from + index}`).join(",");

type Rest = Omit<TraceContextCase, "what" | "section" | "suite" | "headers" | "trace">;

/** Cases of one section and test, by what they are about: the lines of `traceparent`, and what is not as usual. */
function continued(
  section: string,
  suite: string | undefined,
  cases: Readonly<Record<string, readonly [lines: readonly string[], rest?: Rest]>>,
): TraceContextCase[] {
  return Object.entries(cases).map(([what, [lines, rest]]) => ({
    what,
    section,
    ...(suite === undefined ? {} : { suite }),
    headers: lines.map(parent),
    trace: "continued",
    ...rest,
  }));
}

function restarted(
  section: string,
  suite: string | undefined,
  cases: Readonly<Record<string, readonly string[]>>,
): TraceContextCase[] {
  return Object.entries(cases).map(([what, lines]) => ({
    what,
    section,
    ...(suite === undefined ? {} : { suite }),
    // What belongs to a trace that is not continued must not go on either.
    headers: [...lines.map(parent), state("a=1")],
    trace: "new",
  }));
}

/** Cases of `tracestate` with a valid `traceparent`: the lines, and what is left of them. */
function states(
  section: string,
  suite: string | undefined,
  cases: Readonly<Record<string, readonly [lines: readonly string[], tracestate: string]>>,
): TraceContextCase[] {
  return Object.entries(cases).map(([what, [lines, tracestate]]) => ({
    what,
    section,
    ...(suite === undefined ? {} : { suite }),
    headers: [parent(valid), ...lines.map(state)],
    trace: "continued",
    ...(tracestate === "" ? {} : { tracestate }),
  }));
}

const keyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
// All that is printable but for comma and equals sign, with a blank first.
const valueCharacters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index))
  .filter((character) => character !== "," && character !== "=")
  .join("");

export const traceContextCases: readonly TraceContextCase[] = [
  ...restarted("A traceparent is Received, No traceparent Received", undefined, { "no traceparent": [] }),
  {
    what: "neither header",
    section: "No traceparent Received",
    suite: "test_both_traceparent_and_tracestate_missing",
    headers: [],
    trace: "new",
  },
  {
    what: "a tracestate without a traceparent is discarded",
    section: "No traceparent Received",
    suite: "test_tracestate_included_traceparent_missing",
    headers: [state("a=1,b=2")],
    trace: "new",
  },
  ...continued("traceparent Header Field Values", "test_traceparent_included_tracestate_missing", {
    "a traceparent alone": [[valid]],
  }),
  ...restarted("Mutating the traceparent Field", "test_traceparent_duplicated", {
    "two traceparent lines": [valid, valid.replace(spanId, "c7ad6b7169203331")],
    "the same traceparent twice": [valid, valid],
    "two lines, the first of a later version with more at its end": [`cc-${valid.slice(3)}-x`, valid],
  }),
  ...["trace-parent", "trace.parent"].map(
    (name): TraceContextCase => ({
      what: `the name ${name}`,
      section: "traceparent Header: Header Name",
      suite: "test_traceparent_header_name",
      headers: [[name, valid], state("a=1")],
      trace: "new",
    }),
  ),
  ...["TraceParent", "TrAcEpArEnT", "TRACEPARENT"].map(
    (name): TraceContextCase => ({
      what: `the name ${name}`,
      section: "traceparent Header: Header Name",
      suite: "test_traceparent_header_name_valid_casing",
      headers: [[name, valid]],
      trace: "continued",
    }),
  ),
  ...restarted("Versioning of traceparent", "test_traceparent_version_0x00", {
    "version 00 with a dot behind": [`${valid}.`],
    "version 00 with a dash behind": [`${valid}-`],
    "version 00 with more behind": [`${valid}-what`],
  }),
  ...continued("Versioning of traceparent", "test_traceparent_version_0xcc", {
    "a later version": [[`cc${valid.slice(2)}`]],
    "a later version with more at its end": [[`cc${valid.slice(2)}-what-comes`]],
    "a later version with a dash at its end": [[`cc${valid.slice(2)}-`]],
  }),
  ...restarted("Versioning of traceparent", "test_traceparent_version_0xcc", {
    "a later version with junk right behind": [`cc${valid.slice(2)}.what-comes`],
    "a later version that is too short": [`cc${valid.slice(2, -1)}`],
  }),
  ...restarted("version", "test_traceparent_version_0xff", { "version ff": [`ff${valid.slice(2)}`] }),
  ...restarted("version", "test_traceparent_version_illegal_characters", {
    "a version that begins with no digit": [`.0${valid.slice(2)}`],
    "a version that ends with no digit": [`0.${valid.slice(2)}`],
    "a version in upper case": [`CC${valid.slice(2)}`],
  }),
  ...restarted("version", "test_traceparent_version_too_long", {
    "a version of three digits": [`0${valid}`],
    "a version of four digits": [`00${valid}`],
  }),
  ...restarted("version", "test_traceparent_version_too_short", {
    "a version of one digit": [valid.slice(1)],
    "no version": [valid.slice(3)],
  }),
  ...restarted("trace-id", "test_traceparent_trace_id_all_zero", {
    "a trace id of zeros": [`00-${"0".repeat(32)}-${spanId}-01`],
  }),
  ...restarted("trace-id", "test_traceparent_trace_id_illegal_characters", {
    "a trace id that begins with no digit": [`00-.${traceId.slice(1)}-${spanId}-01`],
    "a trace id that ends with no digit": [`00-${traceId.slice(1)}.-${spanId}-01`],
    "a trace id in upper case": [`00-${traceId.toUpperCase()}-${spanId}-01`],
  }),
  ...restarted("trace-id", "test_traceparent_trace_id_too_long", {
    "a trace id of 33 digits": [`00-${traceId}0-${spanId}-01`],
  }),
  ...restarted("trace-id", "test_traceparent_trace_id_too_short", {
    "a trace id of 31 digits": [`00-${traceId.slice(1)}-${spanId}-01`],
  }),
  ...restarted("parent-id", "test_traceparent_parent_id_all_zero", {
    "a span id of zeros": [`00-${traceId}-${"0".repeat(16)}-01`],
  }),
  ...restarted("parent-id", "test_traceparent_parent_id_illegal_characters", {
    "a span id that begins with no digit": [`00-${traceId}-.${spanId.slice(1)}-01`],
    "a span id that ends with no digit": [`00-${traceId}-${spanId.slice(1)}.-01`],
    "a span id in upper case": [`00-${traceId}-${spanId.toUpperCase()}-01`],
  }),
  ...restarted("parent-id", "test_traceparent_parent_id_too_long", {
    "a span id of 17 digits": [`00-${traceId}-${spanId}0-01`],
  }),
  ...restarted("parent-id", "test_traceparent_parent_id_too_short", {
    "a span id of 15 digits": [`00-${traceId}-${spanId.slice(1)}-01`],
  }),
  ...restarted("trace-flags", "test_traceparent_trace_flags_illegal_characters", {
    "flags that begin with no digit": [`00-${traceId}-${spanId}-.1`],
    "flags that end with no digit": [`00-${traceId}-${spanId}-0.`],
    "flags in upper case": [`00-${traceId}-${spanId}-0A`],
  }),
  ...restarted("trace-flags", "test_traceparent_trace_flags_too_long", {
    "flags of three digits": [`00-${traceId}-${spanId}-001`],
  }),
  ...restarted("trace-flags", "test_traceparent_trace_flags_too_short", {
    "flags of one digit": [`00-${traceId}-${spanId}-1`],
    "no flags": [`00-${traceId}-${spanId}`],
  }),
  ...restarted("traceparent Header Field Values", undefined, {
    "other separators": [valid.replaceAll("-", "_")],
    "an empty traceparent": [""],
    "blanks within": [valid.replace("-", " - ")],
  }),
  ...continued("traceparent Header Field Values", "test_traceparent_ows_handling", {
    "a blank in front": [[` ${valid}`]],
    "a tab in front": [[`\t${valid}`]],
    "a blank behind": [[`${valid} `]],
    "a tab behind": [[`${valid}\t`]],
    "blanks and tabs around": [[`\t ${valid} \t`]],
  }),
  ...continued("Random Trace ID Flag", "test_propagates_random_flag", {
    "the random flag, not sampled": [[`00-${traceId}-${spanId}-02`], { random: true, sampled: false }],
    "the random flag, sampled": [[`00-${traceId}-${spanId}-03`], { random: true }],
    "the random flag in a later version": [[`cc-${traceId}-${spanId}-03`], { random: true }],
  }),
  ...continued("Sampled flag", undefined, {
    "not sampled": [[`00-${traceId}-${spanId}-00`], { sampled: false }],
  }),
  ...continued("Other Flags", undefined, {
    "flags that nobody knows": [[`00-${traceId}-${spanId}-fd`]],
    "flags that nobody knows, not sampled": [[`00-${traceId}-${spanId}-fc`], { sampled: false }],
    "all flags": [[`00-${traceId}-${spanId}-ff`], { random: true }],
  }),
  ...states("tracestate Header Field Values", "test_tracestate_included_traceparent_included", {
    "one member": [["a=1"], "a=1"],
    "two members": [["a=1,b=2"], "a=1,b=2"],
  }),
  ...["trace-state", "trace.state"].map(
    (name): TraceContextCase => ({
      what: `the name ${name}`,
      section: "tracestate Header: Header Name",
      suite: "test_tracestate_header_name",
      headers: [parent(valid), [name, "a=1"]],
      trace: "continued",
    }),
  ),
  ...["TraceState", "TrAcEsTaTe", "TRACESTATE"].map(
    (name): TraceContextCase => ({
      what: `the name ${name}`,
      section: "tracestate Header: Header Name",
      suite: "test_tracestate_header_name_valid_casing",
      headers: [parent(valid), [name, "a=1"]],
      trace: "continued",
      tracestate: "a=1",
    }),
  ),
  ...states("tracestate Header Field Values", "test_tracestate_empty_header", {
    "an empty tracestate": [[""], ""],
    "blanks for a tracestate": [[" \t "], ""],
    "a line, and an empty one": [["a=1", ""], "a=1"],
    "an empty line, and another": [["", "a=1"], "a=1"],
    "empty members": [["a=1,,b=2,"], "a=1,b=2"],
  }),
  ...states("tracestate Header Field Values", "test_tracestate_multiple_headers_different_keys", {
    "three lines, joined in order": [["a=1,b=2", "c=1,d=2", "e=3"], "a=1,b=2,c=1,d=2,e=3"],
  }),
  ...states("Combined Header Value", "test_tracestate_duplicated_keys", {
    "the same member twice": [["a=1,a=1"], "a=1"],
    "the same key twice, of which the first is the newest": [["a=1,b=3,a=2"], "a=1,b=3"],
    "the same member in two lines": [["a=1", "a=1"], "a=1"],
    "the same key in two lines": [["a=1", "a=2"], "a=1"],
  }),
  ...states("Key, Value", "test_tracestate_all_allowed_characters", {
    "all characters": [[`${keyCharacters}=${valueCharacters}`], `${keyCharacters}=${valueCharacters}`],
    "all characters of a key with a tenant": [
      [`${keyCharacters}@a-z0-9_-*/=${valueCharacters}`],
      `${keyCharacters}@a-z0-9_-*/=${valueCharacters}`,
    ],
    "a key that begins with a digit": [["0a=1"], "0a=1"],
  }),
  ...states("tracestate Header Field Values", "test_tracestate_ows_handling", {
    "blanks before tabs between": [["a=1 \t , \t b=2, \t c=3"], "a=1,b=2,c=3"],
    "tabs before blanks between": [["a=1\t \t,\t \tb=2,\t \tc=3"], "a=1,b=2,c=3"],
    "a blank in front of the state": [[" a=1"], "a=1"],
    "a tab in front of the state": [["\ta=1"], "a=1"],
    "a blank behind the state": [["a=1 "], "a=1"],
    "a tab behind the state": [["a=1\t"], "a=1"],
    "both around the state": [["\t a=1 \t"], "a=1"],
  }),
  ...states("Value", undefined, { "blanks that begin a value": [["a=  1,b=2"], "a=  1,b=2"] }),
  ...states("Key", "test_tracestate_key_illegal_characters", {
    "a key with a blank": [["a =1"], ""],
    "a key in upper case": [["A=1,b=2"], ""],
    "a key with a dot": [["a.b=1"], ""],
    "no key": [["=1,b=2"], ""],
    "a key that begins with a sign": [["_a=1"], ""],
    "a key with a letter beyond ASCII": [["\u00e9=1"], ""],
  }),
  ...states("Key", "test_tracestate_key_illegal_vendor_format", {
    "a key that ends with @": [["a@=1,b=2"], "a@=1,b=2"],
    "a key that begins with @": [["@a=1,b=2"], ""],
    "a key with @@": [["a@@b=1,b=2"], "a@@b=1,b=2"],
    "a key with @ twice": [["a@b@c=1,b=2"], "a@b@c=1,b=2"],
  }),
  ...states("tracestate Header Field Values", "test_tracestate_member_count_limit", {
    "32 members": [[numbered(1, 10), numbered(11, 20), numbered(21, 32)], numbered(1, 32)],
    "33 members": [[numbered(1, 10), numbered(11, 20), numbered(21, 33)], ""],
    "1000 members": [[numbered(1, 1_000)], ""],
  }),
  ...states("Key", "test_tracestate_key_length_limit", {
    "a key of 256": [["a=1", `${"z".repeat(256)}=1`], `a=1,${"z".repeat(256)}=1`],
    "a key of 257": [["a=1", `${"z".repeat(257)}=1`], ""],
    "a tenant of 241 and a vendor of 14": [
      ["a=1", `${"t".repeat(241)}@${"v".repeat(14)}=1`],
      `a=1,${"t".repeat(241)}@${"v".repeat(14)}=1`,
    ],
    "a tenant of 242": [["a=1", `${"t".repeat(242)}@v=1`], `a=1,${"t".repeat(242)}@v=1`],
    "a vendor of 15": [["a=1", `t@${"v".repeat(15)}=1`], `a=1,t@${"v".repeat(15)}=1`],
  }),
  ...states("Value", "test_tracestate_value_illegal_characters", {
    "a value with =": [["a=b=c"], ""],
    "an empty value": [["a=,b=3"], ""],
    "a value of blanks": [["a=  ,b=3"], ""],
    "no =": [["a"], ""],
    "a value with a tab": [["a=1\t2"], ""],
    "a value with a letter beyond ASCII": [["a=\u00e9"], ""],
    "a value of 256": [[`a=${"v".repeat(256)}`], `a=${"v".repeat(256)}`],
    "a value of 257": [[`a=${"v".repeat(257)},b=1`], ""],
    "broken all over": [["=,;a,=1,,%%,a=b=c"], ""],
  }),
  ...states("tracestate Limits", undefined, {
    "512 characters": [
      [`a=${"v".repeat(200)},b=${"v".repeat(200)},c=${"v".repeat(104)}`],
      `a=${"v".repeat(200)},b=${"v".repeat(200)},c=${"v".repeat(104)}`,
    ],
    "513 characters: the last of the long members goes first": [
      [`a=${"v".repeat(200)},b=${"v".repeat(201)},c=${"v".repeat(104)}`],
      `a=${"v".repeat(200)},c=${"v".repeat(104)}`,
    ],
    "3200 characters in short members: the last ones go": [
      [Array.from({ length: 32 }, (_, i) => `k${i + 10}=${"v".repeat(96)}`).join(",")],
      Array.from({ length: 5 }, (_, i) => `k${i + 10}=${"v".repeat(96)}`).join(","),
    ],
    "8,000 characters in one value": [[`a=${"v".repeat(7_998)}`], ""],
  }),
];
