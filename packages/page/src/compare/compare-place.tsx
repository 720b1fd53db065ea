import { Empty } from "../shell/notice.tsx";

export function ComparePlace() {
  return (
    <>
      <h2>Compare</h2>
      <Empty title="Nothing is shown here yet">
        <p>
          <code>lab compare</code> tells whose time it is in a terminal.
        </p>
      </Empty>
    </>
  );
}
