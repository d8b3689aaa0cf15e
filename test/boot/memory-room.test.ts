import { expect, test } from 'bun:test'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { memoryLimitBytes, wholeMemoryBytes } from '../../src/boot/memory-room'

test('a lone process may take all, workers and their parent take alike', () => {
  expect(memoryLimitBytes(1, false, 900)).toBe(900)
  expect(memoryLimitBytes(2, true, 900)).toBe(300)
  expect(memoryLimitBytes('auto', true, 900)).toBe(Math.floor(900 / (1 + availableParallelism())))
})

test('all is what the container may take, and no more than the machine has', () => {
  expect(wholeMemoryBytes(500, 900)).toBe(500)
  // Where no limit is set the kernel names a number that no machine has.
  expect(wholeMemoryBytes(2 ** 63, 900)).toBe(900)
  expect(wholeMemoryBytes(0, 900)).toBe(900)
  expect(memoryLimitBytes(1, false)).toBe(wholeMemoryBytes(process.constrainedMemory(), totalmem()))
})

test.skipIf(Bun.which('prlimit') === null)(
  'F15: a process without a descriptor left cannot ask what it takes, and goes on',
  async () => {
    const script = join(import.meta.dir, 'memory-without-descriptors.ts')
    const child = Bun.spawn([process.execPath, script], { stdout: 'pipe', stderr: 'ignore' })
    expect([(await new Response(child.stdout).text()).trim(), await child.exited]).toEqual(['it went on', 0])
  },
)
