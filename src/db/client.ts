import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import type { Clock } from '../lib/clock'
import { Breaker } from './breaker'
import { parseMoment } from './columns'
import { DEADLINE_MS, withDeadline } from './deadline'
import type { EmbeddedConnection } from './embedded/start'
import { createPool } from './pool'
import * as schema from './schema'

/** The raw client: bigint columns arrive as BigInt, numeric ones as text, timestamps as milliseconds since 1970. */
export type RawSql = Sql<{ bigint: bigint; moment: number }>
export type Orm = PostgresJsDatabase<typeof schema>

export interface Database {
  /** For batch writes, lookups on a request's path, and the change reader. */
  readonly sql: RawSql
  /** For management and sums: its own client, because drizzle changes the serialisers of the one it is given. */
  readonly orm: Orm
  /** That client itself, for reads of our own text: it gives dates as text. */
  readonly reads: RawSql
  /** The real server's client for LISTEN alone; the embedded server delivers no notification, nor does one behind a pooler. */
  readonly listener: RawSql | undefined
  readonly embedded: boolean
  /** `withDeadline`; a deadline that passes also replaces the pool's connections, since one of them may hang. */
  ask<T>(query: PromiseLike<T>, ms: number): Promise<T>
  /**
   * `ask` for a row that a request waits for: rejects after a second (three where the database is embedded, since a sum holds
   * up its only session), and at once where it has not answered such questions of late.
   */
  lookUp<T>(query: PromiseLike<T>): Promise<T>
  /** Lets queries under way finish for 5 s. */
  close(): Promise<void>
}

export type ConnectOptions = { clock: Pick<Clock, 'now'> } & (
  | { databaseUrl: string }
  | { embedded: EmbeddedConnection }
)

/** Records and lookups: a batch at a time plus lookups beside it; more would only queue inside the server. */
const SQL_CONNECTIONS = 4
/** Management, lists and sums: apart, so that a slow sum holds up no request. */
const ORM_CONNECTIONS = 4
const CONNECT_TIMEOUT_SECONDS = 5
const SQL_STATEMENT_TIMEOUT_MS = 15_000
const ORM_STATEMENT_TIMEOUT_MS = 35_000

/** Opens both clients of a database. No connection is made before the first query, so it succeeds while the server is down. */
export function connect(options: ConnectOptions): Database {
  const embedded = 'embedded' in options
  const open = (max: number, statementTimeoutMs: number) =>
    embedded
      ? openEmbedded(options.embedded, max)
      : openServer(options.databaseUrl, { max, statementTimeoutMs })
  const { now } = options.clock
  const raw = createPool(
    () => open(SQL_CONNECTIONS, SQL_STATEMENT_TIMEOUT_MS),
    client => client,
    now,
  )
  const orm = createPool(
    () => open(ORM_CONNECTIONS, ORM_STATEMENT_TIMEOUT_MS),
    reads => ({ orm: drizzle(reads, { schema }), reads }),
    now,
  )
  const listener = embedded || isPooled(options.databaseUrl) ? undefined : open(1, 0)
  // The embedded server has one session: new connections to it wait behind the same slow query.
  const renew = embedded
    ? undefined
    : () => {
        raw.renew()
        orm.renew()
      }
  const ask = <T>(query: PromiseLike<T>, ms: number) => withDeadline(query, ms, renew)
  const breaker = new Breaker(options.clock)
  return {
    get sql() {
      return raw.client
    },
    get orm() {
      return orm.client.orm
    },
    get reads() {
      return orm.client.reads
    },
    listener,
    embedded,
    ask,
    // A connection that is slow today is not replaced after one second: that would make it slower.
    lookUp: query =>
      breaker.ask(() =>
        withDeadline(ask(query, DEADLINE_MS.lookup), embedded ? DEADLINE_MS.lookup : DEADLINE_MS.request),
      ),
    async close() {
      await Promise.all([raw.close(), orm.close(), listener?.end({ timeout: 0 })])
    },
  }
}

/** Timestamps are never sent as Dates: a serialiser that throws hangs every query behind it on the connection. */
const MOMENT = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (milliseconds: number) => String(milliseconds),
  parse: parseMoment,
}

const COMMON = {
  connect_timeout: CONNECT_TIMEOUT_SECONDS,
  backoff: (failures: number) => pauseSeconds(failures, Math.random()),
  // Arrays go as literals of our own: asking for the server's array types would cost each connection a query.
  fetch_types: false,
  types: { bigint: postgres.BigInt, moment: MOMENT },
  onnotice: () => {},
}

/** The driver's own pause grows to 20 s: a server that is back would be found so late, and who asks meanwhile waits. */
const LONGEST_PAUSE_SECONDS = 0.5

function pauseSeconds(failures: number, chance: number): number {
  return (0.5 + chance / 2) * Math.min(3 ** failures / 100, LONGEST_PAUSE_SECONDS)
}

export interface ServerOptions {
  max: number
  /** Set on each connection as it starts, so that it cannot land on another one; 0 is none. A pooler refuses it, so there the role's own counts. */
  statementTimeoutMs: number
}

/**
 * Whether the URL says that a pooler stands before the server and gives each transaction any connection, as PgBouncer does:
 * nothing may be kept on one, neither prepared statements nor settings nor LISTEN.
 */
function isPooled(databaseUrl: string): boolean {
  return new URL(databaseUrl).searchParams.get('prepare') === 'false'
}

/** A client of a real server. What stands in the URL's query (`prepare=false` before a pooler, `sslmode`) is honoured. */
export function openServer(databaseUrl: string, { max, statementTimeoutMs }: ServerOptions): RawSql {
  return postgres(databaseUrl, {
    ...COMMON,
    max,
    connection: {
      application_name: 'callmissed',
      ...(!isPooled(databaseUrl) && { statement_timeout: statementTimeoutMs }),
      TimeZone: 'UTC',
      DateStyle: 'ISO',
    },
  })
}

/** A client of the embedded server. Its connections stay open: what they prepared lives in the one session they share. */
export function openEmbedded(connection: EmbeddedConnection, max: number): RawSql {
  return postgres({ ...COMMON, ...connection, max, max_lifetime: null, idle_timeout: 0, ssl: false })
}
