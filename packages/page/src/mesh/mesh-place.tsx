import { Empty } from "../shell/notice.tsx";

export function MeshPlace() {
  return (
    <>
      <h2>Mesh</h2>
      <Empty title="Nothing is shown here yet">
        <p>
          <code>lab status</code> tells how each part is in a terminal.
        </p>
      </Empty>
    </>
  );
}
