import type { TraceFilters } from "./filters.ts";
import { noFilters } from "./filters.ts";

interface FilterFormProps {
  readonly filters: TraceFilters;
  readonly onFilters: (filters: TraceFilters) => void;
}

const fields = [
  { name: "service", label: "Service", placeholder: "gateway" },
  { name: "rpc", label: "RPC", placeholder: "OrderDrink" },
  { name: "longerThan", label: "Longer than", placeholder: "50ms" },
  { name: "finding", label: "Finding", placeholder: "any, or hop.sibling" },
  { name: "traceQl", label: "TraceQL", placeholder: "{ span.tenant.id = `a` }" },
] as const;

/** What one can choose traces by. It is part of the page's address, so that a link leads to the same list. */
export function FilterForm({ filters, onFilters }: FilterFormProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    onFilters({
      service: text("service"),
      rpc: text("rpc"),
      longerThan: text("longerThan"),
      isError: data.has("isError"),
      finding: text("finding"),
      traceQl: text("traceQl"),
    });
  };
  return (
    <form class="filters" onSubmit={submit} aria-label="Choose traces">
      {fields.map(({ name, label, placeholder }) => (
        <label key={name} class={name === "traceQl" ? "wide" : ""}>
          {label}
          <input
            name={name}
            defaultValue={filters[name]}
            placeholder={placeholder}
            spellcheck={false}
            autocomplete="off"
          />
        </label>
      ))}
      <label class="check">
        <input type="checkbox" name="isError" defaultChecked={filters.isError} /> with an error
      </label>
      <button type="submit">Choose</button>
      <button type="button" onClick={() => onFilters(noFilters)}>
        All
      </button>
    </form>
  );
}
