import { Empty } from "../shell/notice.tsx";

export function TracesPlace() {
  return (
    <>
      <h2>Traces</h2>
      <Empty title="Nothing is shown here yet">
        <p>
          <code>lab traces</code> tells the recent traces in a terminal.
        </p>
      </Empty>
    </>
  );
}
