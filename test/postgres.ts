import { describe } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { connect, type Database } from '../src/db/client'
import { type Embedded, startEmbedded } from '../src/db/embedded/start'
import { migrate } from '../src/db/migrate'
import { systemClock } from '../src/lib/clock'

/** A throwaway PostgreSQL of this test process. */
export interface RealServer {
  /** Of its `postgres` database. */
  url: string
  urlOf(database: string): string
  /** Kills one backend with SIGKILL: the server drops every connection, recovers and goes on, as after a crash. */
  crash(backendPid: number): void
  /** `pg_ctl -m immediate`, without a restart. */
  stop(): Promise<void>
}

const FOLDERS = '/usr/lib/postgresql'

function findBinaries(): string | undefined {
  if (!existsSync(FOLDERS)) return undefined
  const versions = readdirSync(FOLDERS).sort((a, b) => Number(b) - Number(a))
  const found = versions.find(version => existsSync(join(FOLDERS, version, 'bin', 'initdb')))
  return found && join(FOLDERS, found, 'bin')
}

/** The newest server's programs; undefined where none is installed. */
export const binaries = findBinaries()
const existing = process.env.CALLMISSED_TEST_DATABASE_URL

/** Whether tests can have a real server at all; those that cannot are skipped, visibly. */
export const hasRealServer = existing !== undefined || binaries !== undefined
/** Whether it is a server that a test may kill. */
export const hasThrowawayServer = binaries !== undefined

let shared: Promise<RealServer> | undefined

/** The real server that all tests of this process share: `CALLMISSED_TEST_DATABASE_URL`, or one started here; undefined without either. */
export async function realServer(): Promise<RealServer | undefined> {
  if (existing === undefined && !binaries) return undefined
  shared ??= existing === undefined ? startServer() : Promise.resolve(foreign(existing))
  return shared
}

function foreign(url: string): RealServer {
  return {
    url,
    urlOf: database => Object.assign(new URL(url), { pathname: `/${database}` }).href,
    crash: () => {
      throw new Error('a server that was given is not killed')
    },
    stop: async () => {},
  }
}

/**
 * Runs until its standard input closes, which it does however this process ends; then nothing of it is left. In a process
 * group of its own, so that what interrupts the tests does not end it before it has cleaned up.
 */
const SCRIPT = `
  "$1/initdb" -D "$2/data" -U postgres -A trust --no-sync -E UTF8 >"$2/log" 2>&1 || exit 1
  "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync="$4" -c max_connections=60 >>"$2/log" 2>&1 &
  read -r _
  kill -QUIT $!; wait; rm -rf "$2"
`

/** Removes a folder once this process has ended, however it ends: bun's test runner calls no exit handler. */
export function removeAfterwards(folder: string): void {
  const command = ['-c', 'read -r _; rm -rf "$1"', 'sh', folder]
  spawn('sh', command, { stdio: ['pipe', 'ignore', 'ignore'], detached: true }).unref()
}

/** Starts a server of one's own, for a test that stops it. Without `fsync` it is faster, and safe from all but a dying machine. */
export async function startServer({ fsync = false } = {}): Promise<RealServer> {
  if (!binaries) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-postgres-'))
  const port = freePort()
  const server = run(folder, ['sh', '-c', SCRIPT, 'sh', binaries, folder, String(port), fsync ? 'on' : 'off'])
  const ended = new Promise<void>(resolve => server.once('exit', () => resolve()))
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`
  await answers(urlOf('postgres'), join(folder, 'log'))
  return {
    url: urlOf('postgres'),
    urlOf,
    crash: pid => process.kill(pid, 'SIGKILL'),
    async stop() {
      server.stdin?.end()
      await ended
    },
  }
}

/** The server refuses to run as root. */
function run(folder: string, command: string[]): ChildProcess {
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  if (user) {
    chownSync(folder, user.uid, user.gid)
    command = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...command]
  }
  const [program, ...args] = command
  const child = spawn(program!, args, { stdio: ['pipe', 'ignore', 'ignore'], cwd: folder, detached: true })
  child.unref()
  return child
}

/** A user that the server can run as where we are root. */
export function unprivilegedUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!found) throw new Error('no user to run PostgreSQL as')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

export function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  listener.stop()
  return listener.port
}

async function answers(url: string, log: string): Promise<void> {
  const until = Date.now() + 30_000
  while (Date.now() < until) {
    const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
    const ready = await sql`SELECT 1`.then(
      () => true,
      () => false,
    )
    await sql.end({ timeout: 1 })
    if (ready) return
    await Bun.sleep(50)
  }
  throw new Error(
    `PostgreSQL did not start: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''}`,
  )
}

export type DatabaseKind = 'embedded' | 'real'

/** A migrated, empty database; `close` must be called. */
export interface FreshDatabase {
  db: Database
  /** Only of the real kind. */
  url: string | undefined
  close(): Promise<void>
}

/** Makes an empty database: a new one on the real server; the embedded server is shared by the process and emptied. */
export async function freshDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  return kind === 'real' ? freshReal() : freshEmbedded()
}

/** Runs the same tests on both kinds; the real one is skipped where no server is installed. */
export function describeDatabases(name: string, tests: (kind: DatabaseKind) => void): void {
  describe(`${name} (embedded)`, () => tests('embedded'))
  describe.skipIf(!hasRealServer)(`${name} (real)`, () => tests('real'))
}

/** A name that no other test process uses on the same server. */
export async function createDatabase(server: RealServer): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const sql = postgres(server.url, { max: 1 })
  await sql.unsafe(`CREATE DATABASE ${name}`)
  await sql.end()
  return server.urlOf(name)
}

async function freshReal(): Promise<FreshDatabase> {
  const server = await realServer()
  if (!server) throw new Error('no real server')
  const url = await createDatabase(server)
  await migrate({ databaseUrl: url })
  const db = connect({ databaseUrl: url, clock: systemClock })
  return {
    db,
    url,
    async close() {
      await db.close()
      const sql = postgres(server.url, { max: 1 })
      await sql.unsafe(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
      await sql.end()
    },
  }
}

let embedded: Promise<Embedded> | undefined

async function sharedEmbedded(): Promise<Embedded> {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-data-'))
  removeAfterwards(folder)
  const started = await startEmbedded(folder)
  await migrate({ embedded: started.connection })
  return started
}

async function freshEmbedded(): Promise<FreshDatabase> {
  embedded ??= sharedEmbedded()
  const { connection } = await embedded
  const db = connect({ embedded: connection, clock: systemClock })
  await emptyTables(db.sql)
  return { db, url: undefined, close: () => db.close() }
}

/** Every table, so that a new one need not be named here. */
async function emptyTables(sql: Database['sql']): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`
  await sql.unsafe(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`)
}
