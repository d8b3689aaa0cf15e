import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { bodyFile } from '../bodies.ts'
import { runClosedLoop } from '../closed-loop-run.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { settledResidentBytes } from '../memory.ts'
import { rotated } from '../rounds.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { paired, spread } from '../statistics.ts'
import type { Target } from '../target.ts'
import { untilSteady } from '../warm-up.ts'

const KEYS = 100_000
const TENANTS = 10_000
const CONNECTIONS = 32
/** A difference of a few percent needs many ticks of CPU time, and many rounds. */
const LONGER = 2
const ROUNDS = 5
const WARM_SECONDS = 2

/** A database of its own on the same server: the keys of 10,000 tenants must not weigh on the other rows. */
async function newDatabase(server: string, name: string): Promise<string> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  await sql.unsafe(`CREATE DATABASE ${name}`)
  await sql.end()
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Keys as the gateway would have made them, a tenth with limits; their secrets are the numbers from 1 on. */
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

/** Who is measured, and whether each request takes another one of the many keys. */
interface Side {
  target: Target
  numbered?: number
}

async function load({ target, numbered }: Side, bench: Bench, seconds: number): Promise<number> {
  const file = bodyFile(bench.folder, 'small', target.model)
  const order = { body: 'small', connections: CONNECTIONS, seconds } as const
  const { answered, failed } = await runClosedLoop(bench.cores.load, target, order, file, numbered)
  if (failed > 0) throw new Error(`many-keys: ${failed} requests failed, ${answered} were answered`)
  return answered
}

async function cpuPerRequest(side: Side, bench: Bench): Promise<number> {
  const before = await cpuAtRestUs(side.target.pid)
  const answered = await load(side, bench, bench.seconds * LONGER)
  return ((await cpuAtRestUs(side.target.pid)) - before) / answered
}

/** Every side once a round, in turned order, all of them warm and at the same time alive. */
async function interleaved(sides: readonly Side[], bench: Bench): Promise<number[][]> {
  for (const side of sides) await untilSteady(side.target.pid, () => load(side, bench, WARM_SECONDS))
  const found: number[][] = sides.map(() => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const side of rotated(sides, round))
      found[sides.indexOf(side)]!.push(await cpuPerRequest(side, bench))
  return found
}

const addedPercent = (many: readonly number[], few: readonly number[]): number =>
  spread(paired(many, few, (one, other) => (one / other - 1) * 100)).median

async function startMs(target: Target): Promise<number> {
  const startedMs = performance.now()
  await target.restart!()
  return performance.now() - startedMs
}

async function twinOf(target: Target, bench: Bench, name: string): Promise<Target> {
  const folder = join(bench.folder, name)
  mkdirSync(folder, { recursive: true })
  return target.twin!(folder, { databaseUrl: await newDatabase(target.databaseUrl!, name) })
}

async function measure(target: Target, bench: Bench): Promise<Figures> {
  if (!target.twin || !target.databaseUrl) return {}
  const few = await twinOf(target, bench, 'bench_few_keys')
  const many = await twinOf(target, bench, 'bench_many_keys')
  try {
    await startMs(few)
    await fill(many.databaseUrl!)
    const ms = await startMs(many)
    const bytes = (await settledResidentBytes(many.pid)) - (await settledResidentBytes(few.pid))
    const sides = [{ target: few }, { target: many }, { target: many, numbered: KEYS }]
    const [fewUs, sameUs, eachUs] = await interleaved(sides, bench)
    return {
      startMs: ms,
      bytes: bytes / KEYS,
      addedPercent: addedPercent(sameUs!, fewUs!),
      addedByOthersPercent: addedPercent(eachUs!, fewUs!),
    }
  } finally {
    await few.stop?.()
    await many.stop?.()
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
      title: 'CPU per JSON request with 100,000 keys, over a few, by one key',
      unit: '%',
      compare: 'plain',
      bar: 10,
    },
    {
      figure: 'addedByOthersPercent',
      title: 'The same, each request by any of the 100,000 keys, first uses included',
      unit: '%',
      compare: 'plain',
    },
  ],
  run: measure,
}
