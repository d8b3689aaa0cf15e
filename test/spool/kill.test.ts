import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/lib/log'
import { nodeDisk } from '../../src/spool/node-disk'
import type { UsageRecord } from '../../src/usage/record'
import { recover } from '../../src/usage/recover'
import type { WrittenBatch } from '../../src/usage/written-record'
import { recordsOf } from '../usage/records-of'

const KILLS = 20

test('what a killed process was told is safe is there, and what it began is there once', async () => {
  let safe = 0
  let crashed = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const durability = kill % 2 === 0 ? 'sync' : 'async'
    const { said, rows } = await killAndRecover(durability, 20 + kill * 7)
    for (const line of said) {
      const [word, id = ''] = line.split(' ')
      const row = rows.get(id)
      if (!row) throw new Error(`${line}, and it is not there`)
      const isExact = row.usageSource === 'vendor' && row.usage?.outputTokens === Number(id.split('-')[1])
      if (word === 'safe' && !isExact) throw new Error(`${line}, and its figures are wrong`)
      if (!isExact) expect(row).toMatchObject({ usageSource: 'estimated', errorCode: 'gateway_crashed' })
    }
    safe += said.filter(line => line.startsWith('safe')).length
    crashed += [...rows.values()].filter(({ errorCode }) => errorCode === 'gateway_crashed').length
  }
  expect(safe).toBeGreaterThan(KILLS * 20)
  expect(crashed).toBeGreaterThan(0)
}, 60_000)

async function killAndRecover(
  durability: string,
  afterMs: number,
): Promise<{ said: string[]; rows: Map<string, UsageRecord> }> {
  const folder = mkdtempSync(join(tmpdir(), 'spool-kill-'))
  try {
    const said = await commitUntilKilled(folder, durability, afterMs)
    const rows = new Map<string, UsageRecord>()
    const write = async (batch: WrittenBatch) => {
      for (const record of recordsOf(batch))
        if (!rows.has(record.requestId)) rows.set(record.requestId, record)
    }
    const { damagedBytes } = await recover({ disk: nodeDisk(folder), log: silentLog, write })
    expect(damagedBytes).toBe(0)
    expect(nodeDisk(folder).list()).toEqual([])
    return { said, rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What it had said when it died; the last line may be cut. */
async function commitUntilKilled(folder: string, durability: string, afterMs: number): Promise<string[]> {
  const script = join(import.meta.dir, 'committing-process.ts')
  const child = Bun.spawn([process.execPath, script, folder, durability], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  let text = ''
  let isArmed = false
  for await (const bytes of child.stdout) {
    text += Buffer.from(bytes).toString()
    if (!isArmed) setTimeout(() => child.kill('SIGKILL'), afterMs)
    isArmed = true
  }
  await child.exited
  expect(child.signalCode).toBe('SIGKILL')
  return text.split('\n').slice(0, -1)
}
