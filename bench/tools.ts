import { readdirSync } from 'node:fs'

/** The programs that a measurement may use, by path; undefined where the machine has none. */
export interface Tools {
  nginx: string | undefined
  oha: string | undefined
  taskset: string | undefined
  initdb: string | undefined
}

const ADVICE: Record<keyof Tools, string> = {
  nginx: 'nginx is missing (Debian: apt-get install nginx-light); there will be no ratios',
  oha: 'oha is missing (cargo install oha --locked --version 1.16.0); a built-in closed-loop client stands in, and latencies are not corrected for coordinated omission',
  taskset: 'taskset is missing (Debian: util-linux); nothing is pinned to a core, expect noise',
  initdb:
    'PostgreSQL is missing (Debian: postgresql); usage records go to the embedded database, inside the measured process',
}

const SYSTEM_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
  `${process.env.HOME ?? ''}/.cargo/bin`,
]

function find(name: string, folders: string[] = []): string | undefined {
  return (
    Bun.which(name, { PATH: [process.env.PATH ?? '', ...SYSTEM_FOLDERS, ...folders].join(':') }) ?? undefined
  )
}

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql' // Debian keeps them out of PATH
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
    return versions.map(version => `${root}/${version}/bin`)
  } catch {
    return []
  }
}

/** Looks for everything once. */
export function findTools(): Tools {
  return {
    nginx: find('nginx'),
    oha: find('oha'),
    taskset: find('taskset'),
    initdb: find('initdb', postgresFolders()),
  }
}

/** One line for each tool that is not there: how to get it, and what is lost without. */
export function missingTools(tools: Tools): string[] {
  const names = Object.keys(ADVICE) as (keyof Tools)[]
  return names.filter(name => tools[name] === undefined).map(name => ADVICE[name])
}
