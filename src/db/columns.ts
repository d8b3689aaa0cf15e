import { customType } from 'drizzle-orm/pg-core'

/** A moment as milliseconds since 1970, as the rest of the code counts it; `timestamptz` in the database. */
export const moment = customType<{ data: number; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: milliseconds => new Date(milliseconds).toISOString(),
  fromDriver: parseMoment,
})

/** Bytes as they are. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
})

/** A transaction's 64-bit number, as decimal text. */
export const transactionId = customType<{ data: string; driverData: string }>({
  dataType: () => 'xid8',
})

/** Reads PostgreSQL's ISO form (`2026-11-22 10:00:00.123+05:30`; minutes and zone may be short) as milliseconds since 1970. */
export function parseMoment(text: string): number {
  const iso = text.replace(' ', 'T')
  return Date.parse(/[+-]\d\d$/.test(iso) ? `${iso}:00` : iso)
}
