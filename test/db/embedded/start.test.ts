import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, openEmbedded, type RawSql } from '../../../src/db/client'
import { makeSocketPath } from '../../../src/db/embedded/socket-path'
import { startEmbedded } from '../../../src/db/embedded/start'
import { systemClock } from '../../../src/lib/clock'
import { removeAfterwards } from '../../postgres'

const HOLDER = join(import.meta.dir, 'holder.ts')

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-embedded-'))
  removeAfterwards(folder)
  return folder
}

function hold(folder: string, ...more: string[]) {
  const holder = Bun.spawn([process.execPath, HOLDER, folder, ...more], { stdout: 'pipe', stderr: 'inherit' })
  const lines: string[] = []
  const reading = (async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of holder.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
    }
  })()
  const until = async (count: number) => {
    const end = Date.now() + 15_000
    while (lines.length < count && Date.now() < end && holder.exitCode === null) await Bun.sleep(10)
  }
  return { holder, lines, reading, until }
}

test('a killed owner loses no acknowledged row, and neither its lock nor its socket blocks the next', async () => {
  const folder = newFolder()
  const acknowledged: string[] = []
  for (let round = 0; round < 3; round++) {
    const { holder, lines, reading, until } = hold(folder)
    await until(60)
    holder.kill('SIGKILL')
    await reading
    expect(lines[0]).toBe('ready')
    acknowledged.push(...lines.slice(1))
    expect(existsSync(join(folder, 'socket', '.s.PGSQL.5432'))).toBe(true)
  }
  expect(acknowledged.length).toBeGreaterThan(150)

  const embedded = await startEmbedded(folder)
  const db = connect({ embedded: embedded.connection, clock: systemClock })
  const found = await db.sql`SELECT request_id FROM audit`
  const kept = new Set(found.map(row => row.request_id))
  expect(acknowledged.filter(id => !kept.has(id))).toEqual([])
  await db.close()
  await embedded.stop()
}, 60_000)

test('refuses a second process with one line that names the folder and the owner', async () => {
  const folder = newFolder()
  const first = hold(folder)
  await first.until(1)
  const second = hold(folder)
  await second.holder.exited
  await second.reading
  expect(second.lines).toEqual([
    `Error: The data folder ${folder} is in use by another process (pid ${first.holder.pid}): two would corrupt it.`,
  ])
  expect(second.holder.exitCode).toBe(1)
  const before = first.lines.length
  await first.until(before + 5)
  expect(first.lines.length).toBeGreaterThanOrEqual(before + 5)
  first.holder.kill('SIGKILL')
  await first.reading
}, 30_000)

test('lets its process end once it is stopped, and leaves neither socket nor lock', async () => {
  const folder = newFolder()
  const { holder, lines, reading } = hold(folder, 'once')
  const ended = await Promise.race([holder.exited, Bun.sleep(15_000).then(() => 'still there')])
  await reading
  expect([ended, lines]).toEqual([0, ['ready', 'stopped']])
  expect(existsSync(join(folder, 'socket', '.s.PGSQL.5432'))).toBe(false)
  expect(existsSync(join(folder, 'owner.pid'))).toBe(false)
}, 30_000)

test('a database that was only half unpacked is made anew', async () => {
  const folder = newFolder()
  mkdirSync(join(folder, 'postgres'), { recursive: true })
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '18\n')
  writeFileSync(join(folder, 'postgres.unfinished'), '')
  const embedded = await startEmbedded(folder)
  const sql = openEmbedded(embedded.connection, 1)
  expect((await sql`SELECT 1 AS one`)[0]?.one).toBe(1)
  await sql.end()
  await embedded.stop()
  expect(existsSync(join(folder, 'postgres.unfinished'))).toBe(false)
})

test('a folder with a long name is served from a 0700 folder of the temporary ones', async () => {
  const folder = join(newFolder(), 'x'.repeat(120))
  const embedded = await startEmbedded(folder)
  const sql = openEmbedded(embedded.connection, 1)
  expect((await sql`SELECT 1 AS one`)[0]?.one).toBe(1)
  await sql.end()
  await embedded.stop()
  const path = makeSocketPath(folder)
  expect(path).toBe(embedded.connection.path)
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103)
  const socketFolder = join(path, '..')
  expect(statSync(socketFolder).mode & 0o777).toBe(0o700)
  removeAfterwards(socketFolder)
})

test('a name that somebody else has taken for the socket is refused', () => {
  const temporary = newFolder()
  const folder = join(temporary, 'y'.repeat(120))
  const taken = join(makeSocketPath(folder, temporary), '..')
  Bun.spawnSync(['rm', '-r', taken])
  writeFileSync(taken, '')
  expect(() => makeSocketPath(folder, temporary)).toThrow()
})

/** Statements of every sort, failing ones among them, whose answers tell whose they are. */
async function converse(sql: RawSql, name: string, rounds: number): Promise<void> {
  const codeOf = (query: Promise<unknown>) =>
    query.then(
      () => 'none',
      error => error.code,
    )
  for (let round = 0; round < rounds; round++) {
    const [row] = await sql`SELECT ${name}::text AS name, ${round}::int AS round`
    expect(row).toEqual({ name, round })
    expect(await codeOf(sql.unsafe('SELECT 1 / $1::int', [0]))).toBe('22012')
    expect(await codeOf(sql.unsafe('SELEC nonsense'))).toBe('42601')
    expect(await codeOf(sql`SELECT ${'no number'}::text::int`)).toBe('22P02')
    const kept = await sql.begin(async transaction => {
      await transaction`INSERT INTO said (name, round) VALUES (${name}, ${round})`
      return transaction`SELECT * FROM said WHERE name = ${name} AND round = ${round}`
    })
    expect([...kept]).toEqual([{ name, round }])
    const failed = sql.begin(async transaction => {
      await transaction`INSERT INTO said (name, round) VALUES (${name}, ${round})`
    })
    expect(await codeOf(failed)).toBe('23505')
  }
}

test('connections that speak at once never get one another’s answers', async () => {
  const embedded = await startEmbedded(newFolder())
  const clients = [openEmbedded(embedded.connection, 3), openEmbedded(embedded.connection, 3)]
  await clients[0]!`CREATE TABLE said (name text, round int, PRIMARY KEY (name, round))`
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => converse(clients[index % 2]!, `speaker ${index}`, 25)),
  )
  const [row] = await clients[1]!`SELECT count(*)::int AS count FROM said`
  expect(row?.count).toBe(200)
  await Promise.all(clients.map(client => client.end()))
  await embedded.stop()
})

test('a connection that goes in mid-transaction leaves the session to the others', async () => {
  const embedded = await startEmbedded(newFolder())
  const sql = openEmbedded(embedded.connection, 1)
  await sql`CREATE TABLE kept (id int)`
  const socket = createConnection(embedded.connection.path)
  socket.write(message(undefined, Buffer.from('\0\x03\0\0user\0postgres\0\0', 'latin1')))
  socket.write(message('Q', Buffer.from('BEGIN; INSERT INTO kept VALUES (1)\0')))
  // A statement that is never ended by its Sync.
  socket.write(message('P', Buffer.from('\0SELECT 1\0\0\0', 'latin1')))
  await Bun.sleep(100)
  const waiting = sql`SELECT count(*)::int AS count FROM kept`
  const early = await Promise.race([waiting, Bun.sleep(200).then(() => 'waits')])
  expect(early).toBe('waits')
  socket.destroy()
  expect((await waiting)[0]?.count).toBe(0)
  await sql.end()
  await embedded.stop()
})

function message(type: string | undefined, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.byteLength + 4)
  return Buffer.concat([Buffer.from(type ?? ''), length, body])
}
