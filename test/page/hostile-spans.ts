import type { Attributes, Span, Trace } from "@envoy-mesh-lab/trace";

/** Texts that would do something where a page took them for markup, for addresses, or for what steers a reader's eye. */
export const hostileTexts: readonly string[] = [
  "<script>alert('script')</script>",
  "<img src=x onerror=alert('onerror')>",
  "<svg onload=alert('onload')>",
  '"><iframe srcdoc="<script>alert(\'srcdoc\')</script>">',
  "javascript:alert('address')",
  "' onmouseover='alert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "</script></style></textarea><script>alert('end')</script>",
  "\u202etxet a snrut ti\u202c",
  "line\u2028separator\u0007bell",
  "x".repeat(1 << 20),
];

/**
 * A trace in which every text that a span has is one of these: name, service, keys and values of attributes, events, links, scope
 * and status.
 *
 * @param nowNs when it begins, in nanoseconds since 1970.
 */
export function hostileTrace(traceId: string, nowNs: bigint, texts = hostileTexts): Trace {
  const spans = texts.map((text, i): Span => {
    // The longest stands in three places, or the file would have 16 MB.
    const short = text.slice(0, 5_000);
    const attributes: Attributes = {
      [`key ${short.slice(0, 200)}`]: short,
      "http.url": short,
      list: [short],
    };
    return {
      traceId,
      spanId: (i + 1).toString(16).padStart(16, "0"),
      ...(i === 0 ? {} : { parentSpanId: "0000000000000001" }),
      name: text,
      kind: "server",
      startNs: nowNs + BigInt(i) * 1_000_000n,
      endNs: nowNs + BigInt(i) * 1_000_000n + 500_000n,
      status: { code: "error", message: short },
      attributes: { ...attributes, long: text },
      resource: { "service.name": text, "mesh.proxy.direction": short },
      scope: { name: short, version: short },
      events: [{ name: short, timeNs: nowNs, attributes }],
      links: [{ traceId, spanId: "0000000000000001", attributes }],
    };
  });
  return { traceId, spans };
}
