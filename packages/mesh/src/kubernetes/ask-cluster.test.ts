import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { deniedOf, judgeContext, noAnswer, reviewsOf, reviewsOfUse } from "./ask-cluster.ts";
import { kubectlInWords } from "./kubectl.ts";

const thrownBy = (context: string | undefined, known: readonly string[]) => {
  try {
    judgeContext(context, known);
    return undefined;
  } catch (error) {
    return error as Error & { exitCode: number; hint: string };
  }
};

test("a command for people names any context so that a shell takes it as one word", () => {
  assert.equal(
    kubectlInWords({ context: "arn:aws:eks:a-1:1:cluster/lab" }),
    "kubectl --context arn:aws:eks:a-1:1:cluster/lab",
  );
  assert.equal(kubectlInWords({ context: "my lab; rm" }), "kubectl --context 'my lab; rm'");
  assert.equal(kubectlInWords({ context: "it's" }), "kubectl --context 'it'\\''s'");
});

test("a cluster that is not there is told from one that lets nobody in", () => {
  // kubectl's own words (1.35.4).
  const locked = [
    "error: You must be logged in to the server (Unauthorized)",
    "Unable to connect to the server: getting credentials: exec: executable aws-iam-authenticator not found",
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-01-01T00:00:00Z is after 2026-12-01T00:00:00Z",
  ];
  for (const words of locked)
    assert.match(noAnswer({ context: "a" }, words).message, /do not let each other in/);
  const gone =
    "The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?";
  assert.match(noAnswer({ context: "a" }, gone).message, /a does not answer/);
});

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
  const attributes = (reviews: object[]) =>
    (reviews as { spec: { resourceAttributes: object } }[]).map(({ spec }) => spec.resourceAttributes);

  test("are asked for by kind, in the namespace where there is one", () => {
    const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "a" } });
    const asked = attributes(
      reviewsOf("mine", [
        object("v1", "Namespace"),
        object("networking.k8s.io/v1", "NetworkPolicy"),
        object("networking.k8s.io/v1", "NetworkPolicy"),
        object("telemetry.istio.io/v1", "Telemetry"),
      ]),
    );
    const policies = { group: "networking.k8s.io", resource: "networkpolicies", namespace: "mine" };
    const telemetries = { group: "telemetry.istio.io", resource: "telemetries", namespace: "mine" };
    assert.deepEqual(asked, [
      ...["get", "create", "patch", "delete"].map((verb) => ({ group: "", resource: "namespaces", verb })),
      ...["get", "create", "patch", "delete"].map((verb) => ({ ...policies, verb })),
      ...["get", "create", "patch", "delete"].map((verb) => ({ ...telemetries, verb })),
    ]);
  });

  test("to use it are asked for in its namespace only", () => {
    const asked = attributes(reviewsOfUse("mine")) as { namespace: string }[];
    assert.deepEqual(new Set(asked.map(({ namespace }) => namespace)), new Set(["mine"]));
  });

  test("that are lacking are named", () => {
    assert.deepEqual(
      deniedOf(
        "create namespaces  true\nget deployments  false\ncreate deployments  false\ncreate pods exec false\nget pods log true\n",
      ),
      ["get, create deployments", "create pods/exec"],
    );
  });
});
