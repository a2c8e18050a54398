import { sayValue, type TableData } from "@/features/artifacts/data";

/** The first rows of a table. */
export function TablePreview({ table }: { table: TableData }) {
  const columns = table.columns.slice(0, 6);
  return (
    <div className="max-h-44 overflow-hidden">
      <table className="w-full border-collapse text-xs">
        <thead>
          <tr className="border-b border-line text-left text-muted">
            {columns.map(({ name, kind }) => (
              <th
                key={name}
                className={`max-w-32 truncate px-1.5 py-1 font-normal ${kind === "number" ? "text-right" : ""}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, 6).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and never move
            <tr key={index} className="border-b border-line last:border-0">
              {columns.map(({ name, kind }, column) => (
                <td
                  key={name}
                  className={`max-w-32 truncate px-1.5 py-1 ${kind === "number" ? "text-right font-mono" : ""}`}
                >
                  {sayValue(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
