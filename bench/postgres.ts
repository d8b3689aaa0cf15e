import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run, start } from './child.ts'
import { freePort, listens, until } from './wait.ts'

const USER = 'postgres'

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
async function unprivileged(folder: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return []
  const [uid, gid] = (
    await Promise.all([run(['id', '-u', USER], 5_000), run(['id', '-g', USER], 5_000)])
  ).map(Number)
  chownSync(folder, uid!, gid!)
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}

/** Starts an empty PostgreSQL server with its own defaults, removed at the end; gives back its URL. */
export async function startPostgres(initdb: string, pin: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-bench-postgres-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const as = await unprivileged(folder)
  const data = join(folder, 'data')
  await run([...as, initdb, '-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], 60_000, {
    errorsTo: null,
  })
  const port = freePort()
  const server = join(dirname(initdb), 'postgres')
  start([...as, server, '-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'], {
    pin,
    errorsTo: null,
  })
  await until('PostgreSQL listens', 20_000, () => listens(port))
  return `postgres://${USER}@127.0.0.1:${port}/postgres`
}
