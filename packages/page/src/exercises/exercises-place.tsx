import "../mesh/mesh.css";
import "../traces/traces.css";
import "./exercises.css";
import type { Route } from "../shell/route.ts";
import { ExerciseList } from "./exercise-list.tsx";
import { ExerciseView } from "./exercise-view.tsx";

/** The place Exercises: all of them, or one, `#/exercises/NAME`. The terminal shows the same, from the same files. */
export function ExercisesPlace({ route }: { readonly route: Route }) {
  const [name] = route.path;
  return (
    <div class="exercises">
      <h2>Exercises</h2>
      {name === undefined ? <ExerciseList /> : <ExerciseView key={name} name={name} />}
    </div>
  );
}
