import type { Tools } from './tools.ts'

/** Who runs where: what is measured alone on the first core, vendor and load on the rest. Empty lists where nothing can be pinned. */
export interface Cores {
  target: string[]
  load: string[]
}

/** The commands that pin a program to its cores, to stand before its own. */
export function pinning(tools: Tools, count: number): Cores {
  if (!tools.taskset || count < 2) return { target: [], load: [] }
  const rest = count === 2 ? '1' : `1-${count - 1}`
  return { target: [tools.taskset, '-c', '0'], load: [tools.taskset, '-c', rest] }
}
