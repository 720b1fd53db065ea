import { Empty } from "../shell/notice.tsx";

export function ExercisesPlace() {
  return (
    <>
      <h2>Exercises</h2>
      <Empty title="Nothing is shown here yet">
        <p>
          <code>lab exercise</code> tells the exercises, with your progress in a terminal.
        </p>
      </Empty>
    </>
  );
}
