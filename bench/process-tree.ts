import { readdirSync, readFileSync } from 'node:fs'

/** What one line of /proc/<pid>/stat says about a process, or of its thread's about that, in clock ticks. */
export interface ProcessStat {
  pid: number
  name: string
  parent: number
  /** user + system of all threads, and of children that have ended and were waited for */
  ticks: number
}

/** Reads a stat line; the name in parentheses may itself hold blanks and parentheses. Throws on anything else. */
export function parseStat(line: string): ProcessStat {
  const nameEnd = line.lastIndexOf(')')
  const fields = line.slice(nameEnd + 2).split(' ')
  const [parent, utime, stime, cutime, cstime] = [fields[1], fields[11], fields[12], fields[13], fields[14]]
  const ticks = Number(utime) + Number(stime) + Number(cutime) + Number(cstime)
  const pid = Number.parseInt(line, 10)
  const name = line.slice(line.indexOf('(') + 1, nameEnd)
  if (nameEnd < 0 || !Number.isFinite(ticks) || !Number.isFinite(pid))
    throw new Error(`no stat line: ${line.slice(0, 80)}`)
  return { pid, name, parent: Number(parent), ticks }
}

function readStat(folder: string): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`${folder}/stat`, 'utf8'))
  } catch {
    return undefined // it ended between the listing and the reading
  }
}

/** The process and all that descend from it, of a list of processes. */
export function descendants(root: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const found = processes.filter(process => process.pid === root)
  for (let at = 0; at < found.length; at++)
    found.push(...processes.filter(process => process.parent === found[at]!.pid && process.pid !== root))
  return found
}

/** The living processes of a tree, root first; empty when the root is gone. */
export function processTree(root: number): ProcessStat[] {
  return descendants(root, readStats('/proc'))
}

/** The living threads of a process; empty when it is gone. */
export function threadsOf(pid: number): ProcessStat[] {
  try {
    return readStats(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function readStats(folder: string): ProcessStat[] {
  const pids = readdirSync(folder).filter(name => /^\d+$/.test(name))
  return pids.map(pid => readStat(`${folder}/${pid}`)).filter(stat => stat !== undefined)
}
