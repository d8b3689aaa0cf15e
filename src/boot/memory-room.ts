import { availableParallelism, totalmem } from 'node:os'
import type { Config } from '../config/config'
import { MemoryRoom } from '../limits/memory-room'

/** This process's room, by what it takes in truth. */
export function memoryRoom(workers: Config['workers'], isWorker: boolean): MemoryRoom {
  return new MemoryRoom({
    limitBytes: memoryLimitBytes(workers, isWorker),
    residentBytes,
    collect: () => Bun.gc(true),
  })
}

/** What one process of this gateway may take of its container's memory, or of the machine's, in bytes: all take alike, the parent too. */
export function memoryLimitBytes(
  workers: Config['workers'],
  isWorker: boolean,
  wholeBytes = wholeMemoryBytes(process.constrainedMemory(), totalmem()),
): number {
  if (!isWorker) return wholeBytes
  const processes = 1 + (workers === 'auto' ? availableParallelism() : workers)
  return Math.floor(wholeBytes / processes)
}

/** What there is for all: the machine's memory, or less where its container is told to take less (0: it is told nothing), in bytes. */
export function wholeMemoryBytes(constrainedBytes: number, machineBytes: number): number {
  return Math.min(constrainedBytes || Number.POSITIVE_INFINITY, machineBytes)
}

/** Throws nothing: it is asked for by a timer, and what is thrown there ends the process. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss()
  } catch {
    return undefined
  }
}
