import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import { settledResidentBytes } from '../memory.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const KEYS = 100_000
const TENANTS = 10_000
const CONNECTIONS = 32
/** A difference of a few percent needs many ticks of CPU time. */
const LONGER = 4
const DATABASE = 'bench_many_keys'

/** A database of its own on the same server: the keys of 10,000 tenants must not weigh on the other rows. */
async function newDatabase(server: string): Promise<string> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  await sql.unsafe(`CREATE DATABASE ${DATABASE}`)
  await sql.end()
  const url = new URL(server)
  url.pathname = `/${DATABASE}`
  return url.href
}

/** Keys as the gateway would have made them, a tenth with limits, of secrets that nobody has. */
async function fill(database: string): Promise<void> {
  const sql = postgres(database, { max: 1 })
  await sql`INSERT INTO tenant (id, name, created_at)
    SELECT gen_random_uuid(), 'tenant ' || n, now() FROM generate_series(1, ${TENANTS}::int) AS n`
  await sql`WITH numbered AS (SELECT id, row_number() OVER () AS number FROM tenant)
    INSERT INTO key (tenant_id, id, name, prefix, hash, created_at, limits)
    SELECT numbered.id, gen_random_uuid(), 'key ' || n, 'cm_live_0000', encode(sha256(n::text::bytea), 'hex'), now(),
      CASE WHEN n % 10 = 0 THEN '{"rpm": 600, "tpm": 100000}'::jsonb END
    FROM generate_series(1, ${KEYS}::int) AS n JOIN numbered ON numbered.number = n % ${TENANTS}::int + 1`
  await sql.end()
}

async function cpuPerRequest(target: Target, bench: Bench): Promise<number> {
  const load = { body: 'small', connections: CONNECTIONS } as const
  await warmUp(target, bench, load)
  const before = await cpuAtRestUs(target.pid)
  const { answered } = await loadJson(bench, target, { ...load, seconds: bench.seconds * LONGER })
  return ((await cpuAtRestUs(target.pid)) - before) / answered
}

async function startMs(target: Target): Promise<number> {
  const startedMs = performance.now()
  await target.restart!()
  return performance.now() - startedMs
}

async function measure(target: Target, bench: Bench): Promise<Figures> {
  if (!target.twin || !target.databaseUrl) return {}
  const folder = join(bench.folder, 'many-keys')
  mkdirSync(folder, { recursive: true })
  const databaseUrl = await newDatabase(target.databaseUrl)
  const twin = await target.twin(folder, { databaseUrl })
  try {
    await startMs(twin)
    const fewBytes = await settledResidentBytes(twin.pid)
    const fewUs = await cpuPerRequest(twin, bench)
    await fill(databaseUrl)
    const ms = await startMs(twin)
    const manyBytes = await settledResidentBytes(twin.pid)
    const manyUs = await cpuPerRequest(twin, bench)
    return { startMs: ms, bytes: (manyBytes - fewBytes) / KEYS, addedPercent: (manyUs / fewUs - 1) * 100 }
  } finally {
    await twin.stop?.()
  }
}

/** What 100,000 keys of 10,000 tenants cost a gateway that has one of its own to serve; wants a PostgreSQL server. */
export const manyKeys: Scenario = {
  name: 'many-keys',
  once: true,
  rows: [
    {
      figure: 'startMs',
      title: 'Start until ready with 100,000 keys, 10,000 tenants',
      unit: 'ms',
      compare: 'plain',
      bar: 3_000,
    },
    { figure: 'bytes', title: 'RSS per key of 100,000', unit: 'bytes', compare: 'plain', bar: 600 },
    {
      figure: 'addedPercent',
      title: 'CPU per JSON request with 100,000 keys, over a few',
      unit: '%',
      compare: 'plain',
      bar: 10,
    },
  ],
  run: measure,
}
