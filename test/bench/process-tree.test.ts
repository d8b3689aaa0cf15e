import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compilerUs, cpuUs } from '../../bench/cpu.ts'
import { parseResident, residentBytes } from '../../bench/memory.ts'
import { descendants, parseStat, processTree } from '../../bench/process-tree.ts'

const LINE =
  '4242 (a (odd) name) S 17 4242 17 0 -1 4194304 900 0 0 0 120 34 5 6 20 0 9 0 1000 250000000 9000 184467440737 1 1 0'

test('adds user and system time, and that of children that were waited for', () => {
  expect(parseStat(LINE)).toEqual({ pid: 4242, name: 'a (odd) name', parent: 17, ticks: 165 })
})

test('refuses what is no stat line', () => {
  expect(() => parseStat('')).toThrow('no stat line')
  expect(() => parseStat('12 (x) S 1')).toThrow('no stat line')
})

test('reads the line that this kernel writes', () => {
  const stat = parseStat(readFileSync('/proc/self/stat', 'utf8'))
  expect(stat.parent).toBe(process.ppid)
})

const process_ = (pid: number, parent: number) => ({ pid, name: '', parent, ticks: 1 })

test('finds children of children, and nobody else', () => {
  const all = [process_(5, 3), process_(1, 0), process_(3, 2), process_(2, 1), process_(9, 1)]
  expect(descendants(2, all).map(({ pid }) => pid)).toEqual([2, 3, 5])
  expect(descendants(77, all)).toEqual([])
})

test('counts a child of a living process', async () => {
  const child = Bun.spawn(['sleep', '30'])
  expect(processTree(process.pid).map(({ pid }) => pid)).toContain(child.pid)
  child.kill()
  await child.exited
  expect(processTree(process.pid).map(({ pid }) => pid)).not.toContain(child.pid)
})

test('has no figures of a process that it may not see', () => {
  expect(cpuUs(undefined)).toBeNaN()
  expect(residentBytes(undefined)).toBeNaN()
})

test('reads the resident size in bytes', () => {
  expect(parseResident('Name:\tbun\nVmPeak:\t  99 kB\nVmRSS:\t   2048 kB\nRssAnon:\t 1 kB\n')).toBe(2_097_152)
  expect(parseResident('Name:\tkthreadd\n')).toBe(0)
  expect(residentBytes(process.pid)).toBeGreaterThan(1_000_000)
})

const COMPILES = `
  const sums = Array.from({ length: 200 }, (_, each) => new Function('n', 'let s = ' + each + '; for (let i = 0; i < n; i++) s += i ^ ' + each + '; return s'))
  for (;;) for (const sum of sums) sum(10_000)`

test('sees what the compiler of a process takes', async () => {
  // What `-e` runs has no compiler threads.
  const file = join(mkdtempSync(join(tmpdir(), 'compiles-')), 'compiles.js')
  await Bun.write(file, COMPILES)
  const child = Bun.spawn([process.execPath, file])
  while (compilerUs(child.pid) === 0 && child.exitCode === null) await Bun.sleep(20)
  expect(compilerUs(child.pid)).toBeGreaterThan(0)
  expect(compilerUs(child.pid)).toBeLessThan(cpuUs(child.pid))
  child.kill()
  await child.exited
  rmSync(dirname(file), { recursive: true })
})
