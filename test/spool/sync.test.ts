import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const canTrace = Bun.which('strace') !== null && Bun.spawnSync(['strace', '-D', 'true']).success
const RECORDS = 300

/** The system calls of a process that commits, in their order, as strace writes them. */
async function traceOf(durability: 'sync' | 'async'): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'spool-sync-'))
  const trace = join(root, 'trace')
  const calls = ['-f', '-e', 'trace=fdatasync,fsync,write', '-s', '40', '-o', trace]
  const script = join(import.meta.dir, 'committing-process.ts')
  // -D: what is spawned is the process itself, and strace ends with it.
  const command = ['strace', '-D', ...calls, process.execPath, script, join(root, 'spool'), durability]
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'ignore' })
  try {
    let safe = 0
    for await (const bytes of child.stdout) {
      safe += Buffer.from(bytes).toString().split('safe').length - 1
      if (safe >= RECORDS) break
    }
    child.kill('SIGKILL')
    await child.exited
    // Short numbers of processes are filled up with spaces. One that notices first that nobody reads ends by itself.
    const isOver = new RegExp(`^${child.pid} +\\+\\+\\+ (?:killed by SIGKILL|exited with)`, 'm')
    while (!isOver.test(readFileSync(trace, 'utf8'))) await Bun.sleep(5)
    return readFileSync(trace, 'utf8').split('\n')
  } finally {
    child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  }
}

/** For each record that was said to be safe, whether a sync had begun since its request had, and succeeded before the word. */
function syncedBefore(lines: readonly string[]): boolean[] {
  const begunAt = new Map<string, number>()
  const open = new Map<string, number>()
  let latestBegin = -1
  const synced: boolean[] = []
  for (const [at, line] of lines.entries()) {
    const thread = line.split(' ', 1)[0]!
    const said = /write\(1, "(begun|safe) (\S+)\\n"/.exec(line)
    if (said?.[1] === 'begun') begunAt.set(said[2]!, at)
    else if (said) synced.push(latestBegin > begunAt.get(said[2]!)!)
    else if (/fdatasync\(\d+ <unfinished/.test(line)) open.set(thread, at)
    else if (/fdatasync\(\d+\) += 0/.test(line)) latestBegin = Math.max(latestBegin, at)
    else if (/fdatasync resumed.* = 0/.test(line)) latestBegin = Math.max(latestBegin, open.get(thread)!)
  }
  return synced
}

test.skipIf(!canTrace)(
  'F7: no record is said to be safe before the system was told to sync its file, and had; async does not wait for that',
  async () => {
    const lines = await traceOf('sync')
    // The folder, so that the file's name is there too.
    expect(lines.some(line => /fsync\(\d+/.test(line))).toBe(true)
    const synced = syncedBefore(lines)
    expect(synced.length).toBeGreaterThanOrEqual(RECORDS)
    expect(synced.filter(isSynced => !isSynced)).toEqual([])
    expect(syncedBefore(await traceOf('async')).includes(false)).toBe(true)
  },
  60_000,
)
