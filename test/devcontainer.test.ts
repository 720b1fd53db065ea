import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse } from "yaml";

const read = (file: string) => readFileSync(join(repoRoot, file), "utf8");

test("the dev container has the Node of the images, and a Go that builds what a start builds", () => {
  const image = read(".devcontainer/Dockerfile");
  const [, node] = /^FROM node:([\d.]+)/m.exec(read("Dockerfile")) ?? [];
  assert.match(image, new RegExp(`^FROM node:${node}-`, "m"));
  const [, go] = /^go (\d+\.\d+)/m.exec(read("native/collector/go.mod")) ?? [];
  assert.match(image, new RegExp(`^FROM golang:${go}-`, "m"));
});

test("the dev container passes on the ports that people use, and runs scripts that there are", () => {
  // JSON with comments, as YAML reads it too once they are gone.
  const settings = parse(read(".devcontainer/devcontainer.json").replaceAll(/^\s*\/\/.*$/gm, "")) as {
    forwardPorts: number[];
    postCreateCommand: string;
  };
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const [, name = ""] of settings.postCreateCommand.matchAll(/npm (\w+)/g))
    assert.ok(scripts[name], name);
  const compose = read("compose.yaml");
  for (const port of settings.forwardPorts) assert.match(compose, new RegExp(`:-${port}\\}:${port}"`));
});
