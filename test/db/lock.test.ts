import { expect, test } from 'bun:test'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockDataDir } from '../../src/db/lock'
import { removeAfterwards } from '../postgres'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-lock-'))
  removeAfterwards(folder)
  return join(folder, 'data')
}

test('makes the folder for its owner alone, and keeps a second owner out until it is given back', () => {
  const folder = newFolder()
  const lock = lockDataDir(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(() => lockDataDir(folder)).toThrow(
    `The data folder ${folder} is in use by another process (pid ${process.pid}): two would corrupt it.`,
  )
  lock.release()
  lock.release()
  lockDataDir(folder).release()
})

test('a pid file that a dead owner left, even with the pid of a living process, does not block', () => {
  const folder = newFolder()
  lockDataDir(folder).release()
  writeFileSync(join(folder, 'owner.pid'), '1\n')
  lockDataDir(folder).release()
})

test('survives the garbage collector when nobody keeps the lock', () => {
  const folder = newFolder()
  lockDataDir(folder)
  Bun.gc(true)
  Bun.gc(true)
  expect(() => lockDataDir(folder)).toThrow('in use')
})

test('a folder that cannot be made is named', () => {
  const file = newFolder()
  writeFileSync(file, '')
  expect(() => lockDataDir(join(file, 'data'))).toThrow(file)
})
