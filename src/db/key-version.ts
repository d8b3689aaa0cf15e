import { sql } from 'drizzle-orm'
import { key, tenant } from './schema'

/** The `version` of a row that is being changed: greater than before, also after a failover to a server that has missed some. */
export const NEXT_VERSION = sql<number>`greatest(${key.version} + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)`

/** The same of a tenant's row. */
export const NEXT_TENANT_VERSION = sql<number>`greatest(${tenant.version} + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)`
