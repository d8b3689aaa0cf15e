import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmptyForks } from '../../../src/db/embedded/empty-forks'

const folder = mkdtempSync(join(tmpdir(), 'callmissed-forks-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('maps without a byte go, all else stays', () => {
  const database = join(folder, 'base', '5')
  mkdirSync(database, { recursive: true })
  for (const name of ['16752', '16752_fsm', '16752_vm', '16753_init', 'PG_VERSION'])
    writeFileSync(join(database, name), '')
  writeFileSync(join(database, '16754_fsm'), 'a page')
  removeEmptyForks(folder)
  expect(readdirSync(database).sort()).toEqual(['16752', '16753_init', '16754_fsm', 'PG_VERSION'])
})
