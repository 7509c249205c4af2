// A table that is all there: of partitions, of positions. Where it is too wide, it scrolls by itself and not the page.
import "./small-table.css";

import type { ReactElement, ReactNode } from "react";

export interface SmallColumn<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "end";
}

/** The first column names the row. */
export function SmallTable<Row>(of: {
  /** What it lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly SmallColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}): ReactElement {
  const { label, columns, rows, keyOf } = of;
  return (
    // Who has no pointer scrolls with the arrows.
    <div className="small-table" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ head, align }) => (
              <th key={head} scope="col" className={align === "end" ? "is-end" : ""}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ head, cell, align }, index) =>
                index === 0 ? (
                  <th key={head} scope="row" className={align === "end" ? "is-end" : ""}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={head} className={align === "end" ? "is-end" : ""}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
