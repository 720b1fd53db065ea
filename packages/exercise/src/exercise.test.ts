import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { LabError } from "@envoy-mesh-lab/trace";
import { parse } from "yaml";
import { exerciseNames, exercisesFolder, findExercise, readExercise } from "./exercise.ts";
import { patchEnding, solutionText, startFiles, startText } from "./exercise-files.ts";
import { filesBelow } from "./files.ts";
import { placeholders, stillToWrite } from "./placeholders.ts";
import { listedIn, makeExercise } from "./scaffold.ts";
import { filesOf, hunksOf } from "./solution.ts";

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(scratch, { recursive: true }));

/** The error of reading an exercise whose exercise.yaml was changed. */
function errorOf(change: (text: string) => string): string {
  const folder = mkdtempSync(join(scratch, "e"));
  cpSync(join(exercisesFolder(), "02-does-not-inject"), folder, { recursive: true });
  const file = join(folder, "exercise.yaml");
  writeFileSync(file, change(readFileSync(file, "utf8")));
  try {
    readExercise(folder);
  } catch (error) {
    assert.ok(error instanceof LabError, String(error));
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  throw new Error("it was read");
}

suite("a wrong exercise.yaml is reported with the line", () => {
  const cases: [name: string, change: (text: string) => string, words: RegExp][] = [
    ["an unknown key", (it) => `${it}\nlevle: 3\n`, /exercise\.yaml:\d+: .*levle/],
    ["a level that is none", (it) => it.replace("level: 1", "level: 9"), /exercise\.yaml:2: level: /],
    [
      "no hint but one",
      (it) => it.replace(/hints:[\s\S]*?explanation:/, "hints: [one]\nexplanation:"),
      /hints: /,
    ],
    [
      "an unknown protocol of a check",
      (it) => it.replace("protocol: grpc", "protocol: smtp"),
      /exercise\.yaml:31: checks\[1\]\.traffic\.protocol: /,
    ],
    [
      "an unknown kind in an expectation",
      (it) => it.replace("direction: inbound, kind: server", "direction: inbound, kind: servant"),
      /exercise\.yaml:19: checks\[0\]\.expect\.hops\[0\]\.kind: /,
    ],
    [
      "a code that no finding has",
      (it) => it.replace("{ code: context.lost }", "{ code: context.gone }"),
      /exercise\.yaml:\d+: start\.shows\[1\]\.code: /,
    ],
    [
      "a kind of check that there is not",
      (it) => it.replace("  - name: a gRPC", "  - kind: guess\n    name: a gRPC"),
      /checks\[1\]/,
    ],
  ];
  for (const [name, change, words] of cases) {
    test(name, () => assert.match(errorOf(change), words));
  }
});

suite("finding an exercise", () => {
  test("by number, name and a part of it", () => {
    for (const wanted of ["2", "02", "02-does-not-inject", "does-not-inject", "not-inj"]) {
      assert.equal(findExercise(wanted).name, "02-does-not-inject");
    }
  });
  test("an unknown one is reported with those that there are", () => {
    assert.throws(() => findExercise("99"), { message: /no exercise "99"/, hint: /02-does-not-inject/ });
    assert.throws(() => findExercise("does-not"), { message: /may be 02-.* or 04-/ });
  });
});

suite("every exercise", () => {
  for (const name of exerciseNames()) {
    test(`${name} is whole, and its copies of the repository's files differ in a few lines only`, () => {
      const exercise = findExercise(name);
      for (const path of [...exercise.asInRepository, ...exercise.parts.flatMap(filesOf)]) {
        assert.ok(startFiles(exercise).includes(path), `start/ has no ${path}`);
      }
      for (const { file, change, check } of exercise.refused) {
        assert.equal(solutionText(exercise, file).split(change.from).length, 2, `${file}: ${change.from}`);
        assert.ok(exercise.checks.some((it) => it.name === check));
      }
      for (const path of startFiles(exercise).filter((it) => it.endsWith(".yaml"))) {
        if (!existsSync(join(repoRoot, path))) continue;
        const changes = hunksOf(readFileSync(join(repoRoot, path), "utf8"), startText(exercise, path));
        assert.ok(changes.length <= 8, `${path} differs in ${changes.length} places`);
      }
      for (const path of ["start", "solution"].flatMap((it) => filesBelow(join(exercise.folder, it)))) {
        const isOfMesh = /^(envoy|proto)\/|^otel-collector\.yaml$/.test(path);
        const isWhole = isOfMesh && existsSync(join(repoRoot, path));
        assert.ok(!isWhole, `${path} is a whole copy of the mesh's, which would fall behind: keep a patch`);
      }
      for (const path of filesBelow(join(exercise.folder, "solution"))) {
        const file = path.endsWith(patchEnding) ? path.slice(0, -patchEnding.length) : path;
        assert.notEqual(solutionText(exercise, file), startText(exercise, file), `${path} is the start's`);
      }
      assert.deepEqual(stillToWrite(exercise.folder), []);
    });
  }
});

test("no part that an exercise adds wants a port of the mesh's, the page's included", () => {
  const portsIn = (file: string) => {
    const { services } = parse(readFileSync(file, "utf8"), { merge: true }) as {
      services: Record<string, { expose?: string[]; ports?: string[] }>;
    };
    return Object.values(services).flatMap(({ expose = [], ports = [] }) =>
      [...expose, ...ports].map((it) => `${it}`.replace(/^.*:/, "")),
    );
  };
  const ours = portsIn(join(repoRoot, "compose.yaml"));
  assert.ok(ours.includes("8090"), "the page's");
  for (const name of exerciseNames()) {
    const theirs = portsIn(join(exercisesFolder(), name, "compose.yaml"));
    assert.deepEqual(
      theirs.filter((it) => ours.includes(it)),
      [],
      name,
    );
  }
});

suite("a new exercise", () => {
  before(() => {
    process.env.LAB_EXERCISES = join(scratch, "mine");
  });
  test("is valid from the first moment, and numbered on", () => {
    const first = readExercise(makeExercise("retries-doubled"));
    const second = readExercise(makeExercise("another"));
    assert.deepEqual([first.name, second.name], ["01-retries-doubled", "02-another"]);
    assert.deepEqual(startFiles(first), ["envoy/gateway.yaml"]);
    assert.match(startText(first, "envoy/gateway.yaml"), /spawn_upstream_span: false/);
    assert.doesNotMatch(solutionText(first, "envoy/gateway.yaml"), /spawn_upstream_span: false/);
  });
  test("says what is still to be written, line by line, until it is", () => {
    const folder = makeExercise("unwritten");
    assert.equal(stillToWrite(folder).length, Object.values(placeholders).flat().length);
    assert.equal(stillToWrite(folder)[0], "README.md:3  **You learn** what one sentence says.");
    const file = join(folder, "README.md");
    writeFileSync(file, readFileSync(file, "utf8").replace("what one sentence says", "how retries add up"));
    assert.match(stillToWrite(folder)[0] ?? "", /^README\.md:7 {2}Who saw what/);
  });
  test("gets its line behind the last one of the list, and a text without a list stays as it is", () => {
    const readme = readFileSync(join(repoRoot, "exercises", "README.md"), "utf8");
    const exercise = { ...findExercise("retries-doubled"), number: 99, name: "99-retries-doubled" };
    const [before, after] = [readme.split("\n"), listedIn(readme, exercise).split("\n")];
    const added = after.findIndex((line, i) => line !== before[i]);
    assert.equal(
      after[added],
      "| 99 | [A title in a few words](99-retries-doubled/README.md) | 1 | 15 | span kinds |",
    );
    assert.ok(
      readme.trimEnd().endsWith(after[added - 1] ?? "nothing"),
      "the line before is the last of the list",
    );
    assert.deepEqual(after.toSpliced(added, 1), before);
    assert.equal(listedIn("# None\n", exercise), "# None\n");
  });
  test("that is there already, or has no name, is refused", () => {
    assert.throws(() => makeExercise("another"), { message: /there is an exercise "another"/ });
    assert.throws(() => makeExercise("My Exercise"), { message: /is no name/ });
  });
  after(() => {
    delete process.env.LAB_EXERCISES;
  });
});
