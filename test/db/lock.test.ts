import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

test('a guest keeps others out, and leaves the name of the owner that died', () => {
  const folder = newFolder()
  lockDataDir(folder).release()
  writeFileSync(join(folder, 'owner.pid'), '1\n')
  const lock = lockDataDir(folder, 'guest')
  expect(() => lockDataDir(folder)).toThrow('in use')
  lock.release()
  expect(readFileSync(join(folder, 'owner.pid'), 'utf8')).toBe('1\n')
})

test('survives the garbage collector when nobody keeps the lock', () => {
  const folder = newFolder()
  lockDataDir(folder)
  Bun.gc(true)
  Bun.gc(true)
  expect(() => lockDataDir(folder)).toThrow('in use')
})

test('a folder that cannot be made is named, with the reason and what to change', () => {
  const file = newFolder()
  writeFileSync(file, '')
  expect(() => lockDataDir(file)).toThrow(
    `The data folder ${file} cannot be made: a file of that name is in its place. Set DATA_DIR to another one.`,
  )
  expect(() => lockDataDir(join(file, 'data'))).toThrow(/what should be the folder around it is a file/)
})

test('a folder that cannot be written in is named, with the reason', () => {
  const folder = newFolder()
  mkdirSync(join(folder, 'lock'), { recursive: true })
  expect(() => lockDataDir(folder)).toThrow(
    `The data folder ${folder} cannot be used: this user may not write in it. Set DATA_DIR to another one.`,
  )
})
