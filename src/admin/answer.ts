import { type TSchema, Type } from '@sinclair/typebox'

/** A management answer: never kept by a cache, since it may hold a new key. */
export function answer(value: unknown, status: 200 | 201 = 200): Response {
  return Response.json(value, { status, headers: { 'cache-control': 'no-store' } })
}

/** A page of a list, and what `cursor` takes to get the next one; null at the end. */
export function pageOf<Row>(
  rows: readonly Row[],
  next: string | null,
  toJson: (row: Row) => unknown = row => row,
) {
  return { data: rows.map(toJson), next_cursor: next }
}

/** The schema of such a page, for the docs. */
export function pageSchema(entry: TSchema) {
  return Type.Object({ data: Type.Array(entry), next_cursor: nullable(Type.String()) })
}

/** The schema, or null. */
export function nullable<Schema extends TSchema>(schema: Schema, options: { description?: string } = {}) {
  return Type.Union([schema, Type.Null()], options)
}
