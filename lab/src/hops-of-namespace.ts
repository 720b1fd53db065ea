import type { Expected } from "@envoy-mesh-lab/check";

/** The namespace that expected-hops-istio.yaml is written for. */
const writtenFor = "envoy-mesh-lab";

/** What is expected of a mesh in Istio whose namespace has another name: an Envoy of Istio's is called by workload and namespace. */
export function hopsOfNamespace(expected: Expected, namespace: string): Expected {
  const suffix = `.${writtenFor}`;
  const rename = (service: string) =>
    service.endsWith(suffix) ? `${service.slice(0, -suffix.length)}.${namespace}` : service;
  return { ...expected, hops: expected.hops.map((it) => ({ ...it, service: rename(it.service) })) };
}
