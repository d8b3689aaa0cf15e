/**
 * `bun bench/ledger.ts [records]`: how fast records and their ledger lines go into a real PostgreSQL, what that costs
 * this process, and how large the rows are. The server is one of its own, and syncs its disk; it runs on the same cores.
 */
import { connect, type Database } from '../src/db/client.ts'
import { migrate } from '../src/db/migrate.ts'
import { ensurePartitions } from '../src/db/partitions.ts'
import { systemClock } from '../src/lib/clock.ts'
import { newId } from '../src/lib/id.ts'
import type { UsageRecord } from '../src/usage/record.ts'
import { storeWritten } from '../src/usage/writer.ts'
import { batchOf, type WrittenBatch, writtenRecord } from '../src/usage/written-record.ts'
import { startServer } from '../test/postgres.ts'
import { cpuUs } from './cpu.ts'

const BATCH = 1_000
const CONNECTIONS = 2
const ROUND_BATCHES = 20
const GOALS = { requestsPerSecond: 20_000, cpuUs: 8, rowBytes: 400 }
/** What the size is told for: a B-tree's inner pages, at 1/200 of it, are the only part that does not grow in proportion. */
const TOLD_ROWS = 10_000_000

const records = Number(process.argv[2] ?? 200_000)
const pick = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item
const TENANTS = Array.from({ length: 200 }, newId)
const KEYS = Array.from({ length: 1_000 }, newId)
const MODELS = ['gpt-5.1-mini-2026-01-15', 'claude-sonnet-4-6', 'llama-4-70b-instruct', 'gemini-3.1-flash']
const VENDORS = ['openai', 'anthropic', 'groq', 'gemini']

/** A request as most are: a cached prompt, some reasoning, one attempt. */
function makeRecord(index: number): UsageRecord {
  const inputTokens = 400 + ((index * 7919) % 9_000)
  const outputTokens = 20 + ((index * 104_729) % 900)
  const cachedInputTokens = index % 3 === 0 ? 0 : inputTokens >> 1
  const reasoningTokens = index % 4 === 0 ? outputTokens >> 1 : 0
  const [model, vendor] = [pick(MODELS, index), pick(VENDORS, index)]
  const record = {
    requestId: newId(),
    tenantId: pick(TENANTS, index * 31),
    keyId: pick(KEYS, index * 31),
    createdAt: Date.now(),
    endpoint: 'chat.completions',
    stream: index % 2 === 0,
    modelRequested: model,
    model,
    vendor,
    shape: {
      messages: 3,
      tools: 0,
      images: 0,
      audio: 0,
      requestBytes: 4 * inputTokens,
      maxTokens: 1_024,
      temperature: null,
    },
    status: 200,
    outcome: 'ok' as const,
    errorCode: null,
    finishReason: 'stop',
    usage: {
      inputTokens,
      cachedInputTokens,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens,
      reasoningTokens,
      audioInputTokens: 0,
      audioOutputTokens: 0,
      imageInputTokens: 0,
      imageOutputTokens: 0,
      audioSeconds: 0,
      characters: 0,
      images: 0,
    },
    usageSource: 'vendor' as const,
    costPicoUsd: BigInt(inputTokens) * 150_000n + BigInt(outputTokens) * 600_000n,
    priceVersion: '2026-11-20',
    ttftMs: 312.25 + (index % 100),
    durationMs: 1_893.5 + (index % 1_000),
    overheadMs: 0.625,
    attempts: [{ vendor, model, status: 200, durationMs: 1_892.4, vendorRequestId: `req_${newId()}` }],
    rawUsage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: cachedInputTokens },
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    },
  }
  return record
}

/** Writes one round and says what a request took, in seconds of the clock and of our CPU. */
async function writeRound(db: Database, serverPid: number, batches: WrittenBatch[]) {
  // What making the records left behind is not the writing's. Their texts are the spool's: they are sent as they stand there.
  Bun.gc(true)
  const [startMs, start, serverStartUs] = [performance.now(), process.cpuUsage(), cpuUs(serverPid)]
  const writers = Array.from({ length: CONNECTIONS }, async (_, writer) => {
    for (let at = writer; at < batches.length; at += CONNECTIONS) await storeWritten(db, batches[at]!)
  })
  await Promise.all(writers)
  const { user, system } = process.cpuUsage(start)
  const count = batches.length * BATCH
  return {
    requestsPerSecond: (count / (performance.now() - startMs)) * 1_000,
    cpuUs: (user + system) / count,
    serverCpuUs: (cpuUs(serverPid) - serverStartUs) / count,
  }
}

async function bytesPerRow(
  db: Database,
  table: string,
): Promise<{ rows: number; heap: number; all: number }> {
  const [row] = await db.sql<{ rows: number; heap: number; all: number }[]>`
    SELECT (SELECT count(*)::int FROM ${db.sql(table)}) AS rows,
      sum(pg_table_size(inhrelid))::float8 AS heap, sum(pg_total_relation_size(inhrelid))::float8 AS all
    FROM pg_inherits WHERE inhparent = ${table}::text::regclass`
  return { rows: row!.rows, heap: row!.heap / row!.rows, all: row!.all / row!.rows }
}

/** The server's first process, which all its others are children of. */
async function serverPidOf(db: Database): Promise<number> {
  const [row] = await db.sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
  const status = await Bun.file(`/proc/${row?.pid}/status`).text()
  return Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1])
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED')

const server = await startServer({ fsync: true })
try {
  const databaseUrl = server.urlOf('postgres')
  await migrate({ databaseUrl })
  const db = connect({ databaseUrl, clock: systemClock })
  await ensurePartitions(db, Date.now())
  const serverPid = await serverPidOf(db)

  const rounds: Awaited<ReturnType<typeof writeRound>>[] = []
  for (let written = 0; written < records; ) {
    const batches = Array.from({ length: ROUND_BATCHES }, (_, batch) =>
      batchOf(
        Array.from({ length: BATCH }, (_, index) =>
          writtenRecord(makeRecord(written + batch * BATCH + index)),
        ),
      ),
    )
    rounds.push(await writeRound(db, serverPid, batches))
    written += ROUND_BATCHES * BATCH
  }
  // The first round is the compiler's.
  const warm = rounds.slice(1)
  const speed = median(warm.map(round => round.requestsPerSecond))
  const cpuUs = median(warm.map(round => round.cpuUs))
  console.log(
    `batches of ${BATCH}, ${CONNECTIONS} connections, ${rounds.length - 1} rounds of ${ROUND_BATCHES * BATCH}, medians`,
  )
  console.log(
    `${Math.round(speed)} requests/s (goal ≥ ${GOALS.requestsPerSecond}: ${verdict(speed >= GOALS.requestsPerSecond)})`,
  )
  console.log(
    `${cpuUs.toFixed(2)} µs of our CPU a request (goal ≤ ${GOALS.cpuUs}: ${verdict(cpuUs <= GOALS.cpuUs)})`,
  )
  const serverCpuUs = median(warm.map(round => round.serverCpuUs))
  console.log(`${serverCpuUs.toFixed(1)} µs of the server's CPU a request`)
  for (const table of ['ledger', 'audit']) {
    const { rows, heap, all } = await bytesPerRow(db, table)
    const goal = table === 'ledger' ? ` (goal ≤ ${GOALS.rowBytes}: ${verdict(all <= GOALS.rowBytes)})` : ''
    console.log(
      `${table}: ${all.toFixed(1)} bytes a row with indexes, ${heap.toFixed(1)} without, over ${rows} rows${goal}`,
    )
    console.log(`  at ${TOLD_ROWS} rows: ${((all * TOLD_ROWS) / 2 ** 30).toFixed(2)} GiB`)
  }
  await db.close()
} finally {
  await server.stop()
}
