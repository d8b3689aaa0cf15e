/**
 * `bun bench/start.ts [tries]`: how long a gateway with the embedded database takes to print its first line and to serve,
 * with a fresh data folder and with the same one again, and what memory it then holds.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { start, stop } from './child.ts'
import { startVariables } from './start-variables.ts'
import { quantile } from './statistics.ts'

const tries = Number(process.argv[2] ?? 10)
const ROOT = resolve(import.meta.dir, '..')
const SERVES = 'serves at'

interface Started {
  firstLineMs: number
  servesMs: number
  rssMb: number
}

async function startOnce(dataDir: string): Promise<Started> {
  const from = performance.now()
  const env = { ...startVariables(ROOT), DATA_DIR: dataDir, PORT: '0', DATABASE_URL: '' }
  const child = start(['bun', join(ROOT, 'src/start.ts')], { env, errorsTo: null })
  let firstLineMs: number | undefined
  let printed = ''
  for await (const bytes of child.stdout) {
    firstLineMs ??= performance.now() - from
    printed += Buffer.from(bytes).toString()
    if (printed.includes(SERVES)) break
  }
  if (!printed.includes(SERVES)) throw new Error(`the gateway did not start: ${printed}`)
  const servesMs = performance.now() - from
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  const rssMb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
  await stop(child)
  return { firstLineMs: firstLineMs!, servesMs, rssMb }
}

function tell(name: string, unit: string, values: number[]): void {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, middle, high] = [0, 0.5, 1].map(share => Math.round(quantile(sorted, share)))
  console.log(`${name.padEnd(24)} ${low}–${high} ${unit}, median ${middle}`)
}

const folder = mkdtempSync(join(tmpdir(), 'callmissed-start-'))
const folders = Array.from({ length: tries }, (_, index) => join(folder, String(index)))
const fresh: Started[] = []
const again: Started[] = []
try {
  for (const each of folders) fresh.push(await startOnce(each))
  for (const each of folders) again.push(await startOnce(each))
} finally {
  // Not before the last try: ext4 looks at each inode deleted within the last minute before it makes a file.
  rmSync(folder, { recursive: true, force: true })
}
const all = [...fresh, ...again]
const valuesOf = (key: keyof Started, starts = all) => starts.map(each => each[key])
tell('first line', 'ms', valuesOf('firstLineMs'))
tell('serves, fresh folder', 'ms', valuesOf('servesMs', fresh))
tell('serves, again', 'ms', valuesOf('servesMs', again))
tell('resident memory', 'MB', valuesOf('rssMb'))
