import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertHere, meshFiles, whyNotHere } from "./mesh-of.ts";

const inIstio = { name: "27-spans", number: 27, mesh: "istio" } as const;
const nowhere = { PATH: "/nowhere" };

suite("the mesh of an exercise", () => {
  test("is brought up from the lab's files, Istio's where it is in Istio, and its own on top", () => {
    const namesOf = (mesh: "own" | "istio") =>
      meshFiles({ folder: "/exercises/27-spans", mesh }).map((it) => it.split("/").slice(-2).join("/"));
    assert.deepEqual(namesOf("own").slice(1), ["27-spans/compose.yaml"]);
    assert.deepEqual(
      namesOf("istio").map((it) => it.replace(/^.*\//, "")),
      ["compose.yaml", "compose.istio.yaml", "compose.yaml"],
    );
  });

  test("of our own Envoys runs wherever the lab does", async () => {
    const own = { ...inIstio, mesh: "own" } as const;
    assert.equal(await whyNotHere(own, nowhere), undefined);
    await assertHere(own, "docker", nowhere);
  });

  test("in Istio is refused in words where Istio cannot run, and in containers", async () => {
    await assert.rejects(assertHere(inIstio, "native", nowhere), {
      exitCode: 4,
      message: /^the exercise 27-spans is in Istio, and that cannot run here: ./,
    });
    const reason = await whyNotHere(inIstio);
    if (reason === undefined) {
      await assertHere(inIstio, "native");
      await assert.rejects(assertHere(inIstio, "docker"), { exitCode: 2, message: /without containers/ });
    }
  });
});
