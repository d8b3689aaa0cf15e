import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findAudit } from '../../src/db/audit'
import { checkBatches } from '../../src/db/audit-batch'
import { connect, type Database, openServer } from '../../src/db/client'
import { followChanges } from '../../src/db/follow-changes'
import { migrate } from '../../src/db/migrate'
import { ensurePartitions } from '../../src/db/partitions'
import { insertTenant } from '../../src/db/tenants'
import { systemClock as clock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import {
  createDatabase,
  freePort,
  hasRealServer,
  realServer,
  removeAfterwards,
  unprivilegedUser,
} from '../postgres'
import { auditRow, storeAudit } from './rows'

/** What a connection says of itself before anything else, by name. */
async function greetingOf(query: string): Promise<Record<string, string>> {
  const greeting = Promise.withResolvers<Buffer>()
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, bytes) {
        greeting.resolve(Buffer.from(bytes))
        socket.end()
      },
    },
  })
  const sql = openServer(`postgres://someone@127.0.0.1:${server.port}/some${query}`, {
    max: 1,
    statementTimeoutMs: 15_000,
  })
  const asking = sql`SELECT 1`.catch(() => {})
  // Its length and the protocol's version come first.
  const words = (await greeting.promise).subarray(8).toString().split('\0')
  await sql.end({ timeout: 0 })
  await asking
  server.stop(true)
  return Object.fromEntries(
    Array.from({ length: words.length >> 1 }, (_, at) => [words[2 * at], words[2 * at + 1]]),
  )
}

test('F35: nothing is asked of a connection behind a pooler that it would refuse, or would keep for the next one', async () => {
  expect(await greetingOf('')).toMatchObject({ application_name: 'callmissed', statement_timeout: '15000' })
  const pooled = await greetingOf('?prepare=false')
  expect(pooled).toMatchObject({ application_name: 'callmissed', TimeZone: 'UTC', DateStyle: 'ISO' })
  expect(pooled).not.toHaveProperty('statement_timeout')
  const db = connect({ clock, databaseUrl: 'postgres://someone@127.0.0.1:1/some?prepare=false' })
  expect(db.listener).toBeUndefined()
  await db.close()
})

const pgbouncer = Bun.which('pgbouncer') ?? (Bun.which('/usr/sbin/pgbouncer') || undefined)

/** PgBouncer as it is shipped, with fewer connections than we have. */
async function startPooler(serverUrl: string): Promise<{ url: string; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'pooler-'))
  removeAfterwards(folder)
  const { port, pathname } = new URL(serverUrl)
  const own = freePort()
  const settings = `[databases]
* = host=127.0.0.1 port=${port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, settings)
  const { uid, gid } = unprivilegedUser()
  await Bun.$`chmod -R a+rX ${folder}`.quiet()
  const as = process.getuid?.() === 0 ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []
  const child = Bun.spawn([...as, pgbouncer!, file], { stdout: 'ignore', stderr: 'ignore' })
  return { url: `postgres://postgres@127.0.0.1:${own}${pathname}?prepare=false`, stop: () => child.kill() }
}

let stop = () => {}
afterAll(() => stop())

test.skipIf(!hasRealServer || pgbouncer === undefined)(
  'F35: PgBouncer in transaction mode, as it is shipped, is a server like any other',
  async () => {
    const pooler = await startPooler(await createDatabase((await realServer())!))
    stop = pooler.stop
    const until = performance.now() + 10_000
    const tryToMigrate = (): Promise<number> =>
      migrate({ databaseUrl: pooler.url }).catch(async error => {
        if (performance.now() > until) throw error
        await Bun.sleep(50)
        return tryToMigrate()
      })
    expect(await tryToMigrate()).toBeGreaterThan(0)
    const db: Database = connect({ clock, databaseUrl: pooler.url })
    await ensurePartitions(db, Date.now())
    const heard: string[] = []
    const follower = followChanges(db, {
      clock,
      onChange: async changes => void heard.push(...changes.map(({ ref }) => ref)),
      onReset: async () => void heard.push('reset'),
      onDate: () => {},
      onError: () => {},
    })
    while (!heard.includes('reset')) await Bun.sleep(10)
    const batches = Array.from({ length: 12 }, () => Array.from({ length: 20 }, () => auditRow()))
    const id = newId()
    const [stored] = await Promise.all([
      Promise.all(batches.map(batch => storeAudit(db, batch))),
      insertTenant(db, { id, name: 'acme', createdAt: Date.now() }),
    ])
    expect(stored).toEqual(Array(12).fill(20))
    for (const [first] of batches) expect(await findAudit(db, first!.requestId)).toEqual(first!)
    expect((await checkBatches(db, { limit: 100 })).every(({ isWhole }) => isWhole)).toBe(true)
    while (!heard.includes(id)) await Bun.sleep(10)
    await follower.stop()
    await db.close()
  },
  30_000,
)
