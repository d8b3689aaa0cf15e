import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayExists, startGateway } from './gateway.ts'
import { startNginx } from './nginx.ts'
import type { Options } from './options.ts'
import { startPostgres } from './postgres.ts'
import type { Bench } from './scenario.ts'
import { parseTarget, type Target } from './target.ts'

/** The database of our gateway: undefined is the embedded one. */
async function databaseOf(bench: Bench, wanted: string): Promise<string | undefined> {
  if (wanted.includes('://')) return wanted
  const { initdb } = bench.tools
  if (wanted === 'postgres' && !initdb)
    throw new Error('--database postgres: no PostgreSQL is installed here')
  return wanted === 'embedded' || !initdb ? undefined : startPostgres(initdb, bench.cores.load)
}

/** Starts everything that is measured: direct first, then nginx and our gateway where they are, then the targets asked for. */
export async function startTargets(
  root: string,
  bench: Bench,
  options: Options,
  say: (line: string) => void,
) {
  const targets: Target[] = [bench.vendor]
  const { nginx } = bench.tools
  if (nginx) targets.push(await startNginx(nginx, bench.cores.target, bench.folder, bench.vendor))
  if (options.gateway && gatewayExists(root)) {
    const folder = join(bench.folder, 'gateway')
    mkdirSync(folder)
    const database = await databaseOf(bench, options.database)
    targets.push(await startGateway(root, bench.cores.target, folder, bench.vendor, database))
  } else if (options.gateway) say('there is no gateway in this tree yet (src/main.ts): measuring without it')
  return [...targets, ...options.targets.map(parseTarget)]
}
