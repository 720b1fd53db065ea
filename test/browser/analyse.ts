import { renderReport as checkText, checkTraces, toJson, toJunit } from "@envoy-mesh-lab/check";
import { renderReport as compareText, compareTraces } from "@envoy-mesh-lab/compare";
import { readStreams } from "@envoy-mesh-lab/trace";

/** What check and compare make of one input, in all that they print. The same code runs in Node and in a browser. */
export async function analyse(name: string, bytes: ReadableStream<Uint8Array>): Promise<string> {
  const notices: string[] = [];
  const notice = (text: string) => void notices.push(text);
  const traces = await Array.fromAsync(readStreams([{ name, bytes }], { notice }));
  const checked = await checkTraces(traces);
  const compared = await compareTraces(traces, { by: "rpc.method" });
  return JSON.stringify(
    {
      notices,
      traces,
      findings: toJson(checked),
      junit: toJunit(checked),
      check: checkText(checked, { checklist: true, color: true, expected: undefined }),
      compare: compareText(compared, { color: true, width: 100, intervals: true }),
      compared,
    },
    (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
  );
}
