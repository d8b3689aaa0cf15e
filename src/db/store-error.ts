import type { PostgresError } from 'postgres'
import { GatewayError } from '../errors'

/** What the driver and the operating system call a database that cannot be reached. */
const UNREACHABLE = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * SQLSTATE classes and codes of a server that cannot do its work now: connection (08), refused login (28), no such
 * database (3D), full or too busy (53), told to stop or timed out (57), its disk (58), a conflict (40), a lock (55P03),
 * read-only (25006).
 */
const UNAVAILABLE = /^(?:08|28|3D|40|53|57|58)|^(?:55P03|25006)$/

/** How a caller hears that the database cannot be asked: 503, the cause kept for the log. */
export function storeUnavailable(cause: unknown): GatewayError {
  return new GatewayError('store_unavailable', 'The gateway cannot reach its database right now.', { cause })
}

/** Turns a failed query's error into `store_unavailable` where the database is at fault; a fault of ours stays itself. */
export function asStoreError(error: unknown): unknown {
  const cause = unwrap(error)
  if (cause instanceof GatewayError) return cause
  const code = codeOf(cause)
  const atFault = code !== undefined && (UNREACHABLE.has(code) || isUnavailable(cause, code))
  return atFault ? storeUnavailable(cause) : cause
}

/** The SQLSTATE of a failed statement, also where `asStoreError` has wrapped it; undefined for errors of another kind. */
export function sqlStateOf(error: unknown): string | undefined {
  return postgresErrorOf(error)?.code
}

/** A serialization failure and a deadlock. */
const CONFLICTS = new Set(['40001', '40P01'])
const CHECK_VIOLATION = '23514'

/**
 * Whether a statement met another one, and succeeds when it is sent again. So does one whose row was on its way into the default
 * partition when the row's own was made: the server calls that a violated check, and names no constraint.
 */
export function isConflict(error: unknown): boolean {
  const refused = postgresErrorOf(error)
  if (!refused) return false
  return CONFLICTS.has(refused.code) || (refused.code === CHECK_VIOLATION && !refused.constraint_name)
}

/** The server's own error behind a failed statement. */
export function postgresErrorOf(error: unknown): PostgresError | undefined {
  const cause = error instanceof GatewayError ? error.cause : unwrap(error)
  return cause instanceof Error && cause.name === 'PostgresError' ? (cause as PostgresError) : undefined
}

/** Drizzle wraps the driver's error in one whose message holds the query and its values: nobody may log that. */
function unwrap(error: unknown): unknown {
  return error instanceof Error && error.constructor.name === 'DrizzleQueryError' ? error.cause : error
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What ends the connection is the server's fault, by whatever code: with its disk full it says XX000 to who connects. */
const ENDS_CONNECTION = new Set(['FATAL', 'PANIC'])

function isUnavailable(error: unknown, code: string): boolean {
  if (!(error instanceof Error) || error.name !== 'PostgresError') return false
  return UNAVAILABLE.test(code) || ENDS_CONNECTION.has((error as PostgresError).severity)
}
