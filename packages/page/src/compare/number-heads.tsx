/** The heads of columns of numbers, which stand at the right like the numbers. */
export function NumberHeads({ of }: { readonly of: readonly string[] }) {
  return (
    <>
      {of.map((it) => (
        <th key={it} scope="col" class="number">
          {it}
        </th>
      ))}
    </>
  );
}
