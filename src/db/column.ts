import { arrayLiteral, cleanJson } from './text'

type Scalar = string | number | bigint | boolean | null | undefined

/** A column of a batch: its name and type as it is sent, and what of a row is sent. */
export type Column<Row> =
  | { name: string; type: string; value(row: Row): Scalar }
  | { name: string; type: 'jsonb'; json(row: Row): unknown }

/** The parameters of a batch, one text a column. */
export function encodeColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return columns.map(column =>
    'json' in column ? cleanJson(rows.map(column.json)) : arrayLiteral(rows, column.value),
  )
}

/**
 * The parameters, after so many others, as a table `name`, to stand in a FROM: arrays side by side, so one that ends early goes on as NULLs. JSON goes as one
 * array of all rows, because the quoting of JSON inside an array of texts costs the client more than all else together.
 */
export function rowsOf<Row>(columns: readonly Column<Row>[], name: string, after = 0): string {
  const sources = columns.map((column, index) =>
    'json' in column
      ? `jsonb_array_elements($${after + index + 1}::text::jsonb)`
      : `unnest($${after + index + 1}::text::${column.type}[])`,
  )
  return `ROWS FROM (${sources.join(', ')}) AS ${name} (${columns.map(column => column.name).join(', ')})`
}
