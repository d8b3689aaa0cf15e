import { readFileSync } from 'node:fs'
import { processTree } from './process-tree.ts'

/** The resident size in a /proc/<pid>/status text, in bytes; 0 when it has none (a kernel thread, a zombie). */
export function parseResident(status: string): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024
}

function residentOf(pid: number): number {
  try {
    return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return 0
  }
}

/** Resident bytes of a process tree; NaN when the process is not ours to look at. */
export function residentBytes(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN
  return processTree(pid).reduce((sum, process) => sum + residentOf(process.pid), 0)
}

/** The smallest of several readings over 2 s: what stays once a collection that was due has run. */
export async function settledResidentBytes(pid: number | undefined): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY
  for (let reading = 0; reading < 10; reading++) {
    await Bun.sleep(200)
    smallest = Math.min(smallest, residentBytes(pid))
  }
  return smallest
}
