import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Tools } from './tools.ts'

/** What a result depends on besides the code. */
export interface Facts {
  date: string
  commit: string
  cpu: string
  cores: number
  memoryGb: number
  kernel: string
  loadBefore: number
  bun: string
  nginx: string
  oha: string
  pinned: boolean
}

const BUSY_LOAD = 0.5

/** The first line that a program prints about itself (nginx uses its error output), or `none`. */
function version(command: (string | undefined)[], cwd?: string): string {
  const [program, ...rest] = command
  if (!program) return 'none'
  const { stdout, stderr } = Bun.spawnSync([program, ...(rest as string[])], cwd ? { cwd } : {})
  const text = stdout.toString().trim() || stderr.toString().trim()
  return text.split('\n')[0]?.replace(/^nginx version: /, '') || 'unknown'
}

function commitOf(root: string): string {
  const commit = version(['git', 'rev-parse', '--short=12', 'HEAD'], root)
  const changed =
    Bun.spawnSync(['git', 'diff', '--quiet', 'HEAD', '--', 'src', 'bench'], { cwd: root }).exitCode !== 0
  return changed ? `${commit} with changes` : commit
}

/** Looks at the machine and the tools. */
export function gatherFacts(root: string, tools: Tools, date: Date): Facts {
  const model = /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  const cores = cpus()
  return {
    date: date.toISOString(),
    commit: commitOf(root),
    cpu: (model ?? cores[0]?.model ?? 'unknown').trim(),
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    loadBefore: loadavg()[0] ?? 0,
    bun: Bun.version,
    nginx: version([tools.nginx, '-v']),
    oha: version([tools.oha, '--version']),
    pinned: tools.taskset !== undefined && cores.length > 1,
  }
}

/** A short name for machines whose results may be compared. */
export const machineKind = (facts: Pick<Facts, 'cores' | 'cpu'>): string =>
  `${facts.cores}-core-${facts.cpu
    .toLowerCase()
    .replaceAll(/\((r|tm)\)/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')}`

/** The facts as lines of text. */
export function factLines(facts: Facts): string[] {
  const busy = facts.loadBefore > BUSY_LOAD ? ' (not idle: expect noise)' : ''
  return [
    `${facts.date}, commit ${facts.commit}`,
    `${facts.cores} × ${facts.cpu}, ${facts.memoryGb} GB, Linux ${facts.kernel}, load ${facts.loadBefore.toFixed(2)}${busy}`,
    `Bun ${facts.bun}, ${facts.nginx}, ${facts.oha}${facts.pinned ? ', target on core 0, vendor and load on the rest' : ', nothing pinned'}`,
  ]
}
