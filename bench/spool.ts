import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock'
import { silentLog } from '../src/lib/log'
import { nodeDisk } from '../src/spool/node-disk'
import { Spool } from '../src/spool/spool'

/** Prints what the spool costs on this machine's disk: `bun bench/spool.ts [folder]`. */
const parent = process.argv[2] ?? '.'
const folder = mkdtempSync(join(parent, 'spool-bench-'))
const PAYLOAD = JSON.stringify({ requestId: crypto.randomUUID(), text: 'x'.repeat(640) })
const SECONDS = 2

try {
  await measure()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const spool = makeSpool('begin')
  await settle()
  print(
    'begin',
    await run(() => {
      const ticket = spool.begin(PAYLOAD)
      spool.handOver(ticket)
      spool.release(ticket)
    }, 20_000),
  )
  await spool.close()
  for (const concurrency of [1, 32, 256]) print(`commit, c=${concurrency}`, await commitAll(concurrency))
}

/** Everybody commits, and commits again when it is safe. */
async function commitAll(concurrency: number): Promise<Figures> {
  const spool = makeSpool(`c${concurrency}`)
  await settle()
  const until = performance.now() + SECONDS * 1000
  const waits: number[] = []
  const figures = await run(async () => {
    const caller = async () => {
      while (performance.now() < until) {
        const since = performance.now()
        await spool.commit(PAYLOAD)
        waits.push(performance.now() - since)
        for (const segment of spool.segments) segment.shipped = segment.flushed
        if (spool.segments.length > 1) await spool.prune()
      }
    }
    await Promise.all(Array.from({ length: concurrency }, caller))
  })
  await spool.close()
  const sorted = Float64Array.from(waits).toSorted()
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]! * 1000
  return { ...perRecord(figures, waits.length), p50Us: at(0.5), p99Us: at(0.99) }
}

interface Figures {
  wallUs: number
  cpuUs: number
  p50Us?: number
  p99Us?: number
}

async function run(work: () => unknown, times = 1): Promise<Figures> {
  const cpu = process.cpuUsage()
  const since = performance.now()
  for (let time = 0; time < times; time++) {
    const done = work()
    if (done instanceof Promise) await done
  }
  const { user, system } = process.cpuUsage(cpu)
  return perRecord({ wallUs: (performance.now() - since) * 1000, cpuUs: user + system }, times)
}

function perRecord({ wallUs, cpuUs }: Figures, records: number): Figures {
  return { wallUs: wallUs / records, cpuUs: cpuUs / records }
}

function print(name: string, { wallUs, cpuUs, p50Us, p99Us }: Figures): void {
  const rate = Math.round(1e6 / wallUs).toLocaleString('en')
  const wait = p50Us && p99Us ? `, wait p50 ${p50Us.toFixed(0)} µs, p99 ${p99Us.toFixed(0)} µs` : ''
  process.stdout.write(`${name}: ${rate}/s, ${cpuUs.toFixed(1)} CPU µs a record${wait}\n`)
}

function makeSpool(boot: string): Spool {
  return new Spool({
    disk: nodeDisk(folder),
    clock: systemClock,
    log: silentLog,
    boot,
    nextTurn: run => setImmediate(run),
    later: (run, delayMs) => setTimeout(run, delayMs),
    durability: 'sync',
  })
}

/** The first segments have to be on the disk before anything is measured. */
async function settle(): Promise<void> {
  await Bun.sleep(1_500)
}
