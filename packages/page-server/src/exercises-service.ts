import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, toJsonString } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Exercise } from "@envoy-mesh-lab/exercise";
import {
  beginExercise,
  exerciseNames,
  FileChangedError,
  learnerFiles,
  readProgress,
  resetCopy,
  saveLearnerFile,
  showSolution,
  tellHint,
  toHtml,
  toReport,
} from "@envoy-mesh-lab/exercise";
import type { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { WatchExercisesResponseSchema } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { inConnect } from "./connect-errors.ts";
import { Grading } from "./exercises/grading.ts";
import { KnownExercises, StartTexts } from "./exercises/known-exercises.ts";
import { idle, toExercise, toSummary } from "./exercises/to-exercise.ts";
import { Polled } from "./polled.ts";

/** How often the learner's files and the progress are looked at while somebody watches, in milliseconds. */
const lookMs = 300;

/** What the exercises are served with. */
export interface ServedExercises {
  /** Why the learner's files cannot be changed from here, as in a container that has none. Default: they can. */
  readonly readOnly?: string;
}

/** The place Exercises, over the files that the command line uses. */
export function createExercisesService({
  readOnly = "",
}: ServedExercises = {}): ServiceImpl<typeof ExercisesService> {
  const gradings = new Map<string, Grading>();
  const watched = new Map<string, Polled<ReturnType<typeof toExercise>>>();
  const starts = new StartTexts();
  const list = new Polled(() => readList(readOnly), keyOf, lookMs);

  const gradingOf = (exercise: Exercise) => {
    const known = gradings.get(exercise.name) ?? new Grading(exercise);
    gradings.set(exercise.name, known);
    return known;
  };
  const readOne = (name: string) => {
    const exercise = named(name);
    return toExercise({
      exercise,
      readme: readFileSync(join(exercise.folder, "README.md"), "utf8"),
      files: learnerFiles(exercise, starts.textOf),
      progress: readProgress(),
      activity: gradings.get(name)?.activity ?? idle,
      readOnly,
    });
  };
  const watchOne = (name: string) => {
    // So that no list of names grows of those that are none.
    named(name);
    const known = watched.get(name) ?? new Polled(() => readOne(name), JSON.stringify, lookMs);
    watched.set(name, known);
    return known;
  };
  const assertWritable = () => {
    if (readOnly !== "") throw new ConnectError(readOnly, Code.FailedPrecondition);
  };

  return {
    async *watchExercises(_, { signal }) {
      yield* told(list.watch(signal));
    },
    async *watchExercise({ name }, { signal }) {
      for await (const exercise of told(watchOneOf(name))) yield { exercise };
      function watchOneOf(wanted: string) {
        try {
          return watchOne(wanted).watch(signal);
        } catch (error) {
          throw inConnect(error);
        }
      }
    },
    startExercise: ({ name }) => {
      assertWritable();
      return orInWords(() => ({ copied: beginExercise(withPage(named(name))) }));
    },
    tellHint: ({ name, told: seen }) => {
      assertWritable();
      return orInWords(() => ({ hints: tellHint(named(name), seen).map(({ text }) => text) }));
    },
    saveFile: ({ name, path, text, version }) => {
      assertWritable();
      return orInWords(() => ({
        version: saveLearnerFile(named(name), { path, text, from: version || undefined }),
      }));
    },
    async *checkExercise({ name, watch }, { signal }) {
      assertWritable();
      try {
        yield* gradingOf(withPage(named(name))).run(watch, signal);
      } catch (error) {
        throw inConnect(error);
      }
    },
    resetExercise: ({ name }) => {
      assertWritable();
      return orInWords(() => ({ backup: resetCopy(named(name), new Date()) ?? "" }));
    },
    showSolution: ({ name }) => {
      assertWritable();
      return orInWords(() => {
        const exercise = named(name);
        return { diff: showSolution(exercise), explanation: exercise.explanation };
      });
    },
    getReport: ({ learner }) =>
      orInWords(() => {
        const exercises = exerciseNames().map((it) => known.find(it));
        const report = toReport(exercises, readProgress(), {
          learner: learner || undefined,
          now: new Date(),
        });
        return { html: toHtml(report), json: `${JSON.stringify(report, null, 2)}\n` };
      }),
  };
}

const known = new KnownExercises();

/** @throws {LabError} (exit code `usage`) for an exercise in Istio, where there is no page to go on with. */
function withPage(exercise: Exercise): Exercise {
  if (exercise.mesh === "own") return exercise;
  throw new LabError(`the exercise ${exercise.name} is in Istio, where there is no page`, {
    exitCode: ExitCode.usage,
    hint: `begin it in a terminal: lab exercise start ${exercise.number}`,
  });
}

type List = MessageInitShape<typeof WatchExercisesResponseSchema>;

function readList(readOnly: string): List {
  const progress = readProgress();
  return { exercises: exerciseNames().map((it) => toSummary(known.find(it), progress)), readOnly };
}

function keyOf(list: List): string {
  return toJsonString(WatchExercisesResponseSchema, create(WatchExercisesResponseSchema, list));
}

/** An exercise by the name of its folder, and by nothing else. */
function named(name: string): Exercise {
  if (exerciseNames().includes(name)) return known.find(name);
  throw new ConnectError(`there is no exercise ${JSON.stringify(name.slice(0, 100))}`, Code.NotFound);
}

async function* told<T>(values: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* values;
  } catch (error) {
    throw inConnect(error);
  }
}

function orInWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileChangedError)
      throw new ConnectError(`${error.message}; ${error.hint}`, Code.Aborted);
    throw inConnect(error);
  }
}
