import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { deniedOf, judgeContext, reviewsFor } from "./ask-cluster.ts";

const thrownBy = (context: string | undefined, known: readonly string[]) => {
  try {
    judgeContext(context, known);
    return undefined;
  } catch (error) {
    return error as Error & { exitCode: number; hint: string };
  }
};

suite("a cluster", () => {
  test("is one that the user names", () => {
    assert.equal(thrownBy("kind-lab", ["prod", "kind-lab"]), undefined);
    assert.equal(thrownBy("local", ["prod"]), undefined);
  });

  test("is never the current one, for want of a name", () => {
    for (const context of [undefined, ""]) {
      const error = thrownBy(context, ["prod"]);
      assert.equal(error?.exitCode, ExitCode.usage);
      assert.match(
        error?.hint ?? "",
        /--context; the current context is never taken\. The contexts are: prod\./,
      );
    }
  });

  test("that there is none of is reported with those that there are", () => {
    const error = thrownBy("kind-lba", ["prod", "kind-lab"]);
    assert.match(error?.message ?? "", /no context "kind-lba"/);
    assert.match(error?.hint ?? "", /kind-lab/);
    assert.match(thrownBy("a", [])?.hint ?? "", /Your kubeconfig has no contexts/);
  });

  test("of the user's is not mistaken for the node of this machine", () => {
    const error = thrownBy("local", ["local"]);
    assert.match(error?.hint ?? "", /rename-context local/);
  });
});

suite("rights", () => {
  test("are asked for by kind, in the namespace where there is one", () => {
    const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "a" } });
    const reviews = reviewsFor("mine", [
      object("v1", "Namespace"),
      object("networking.k8s.io/v1", "NetworkPolicy"),
      object("networking.k8s.io/v1", "NetworkPolicy"),
    ]) as { spec: { resourceAttributes: object } }[];
    const asked = reviews.map(({ spec }) => spec.resourceAttributes);
    assert.deepEqual(asked.slice(0, 4), [
      { group: "", resource: "namespaces", verb: "create" },
      { group: "", resource: "namespaces", verb: "delete" },
      { group: "networking.k8s.io", resource: "networkpolicies", verb: "create", namespace: "mine" },
      { group: "networking.k8s.io", resource: "networkpolicies", verb: "delete", namespace: "mine" },
    ]);
    assert.deepEqual(asked.at(-1), {
      group: "",
      namespace: "mine",
      resource: "pods",
      subresource: "exec",
      verb: "create",
    });
  });

  test("that are lacking are named", () => {
    assert.deepEqual(
      deniedOf(
        "create namespaces  true\ncreate deployments  false\ncreate pods exec false\nget pods log true\n",
      ),
      ["create deployments", "create pods/exec"],
    );
  });
});
