import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a start needs (`production`), or that and what tests and checks need (`all`). */
export type Extent = 'production' | 'all'

/** A copy of bun.lock beside the packages says what was installed; a half-finished install leaves none. */
const STAMP: Record<Extent, string> = { production: '.installed-production', all: '.installed-all' }
const SHOWN_LINES = 6

/** Whether Bun must be replaced: the line that says so, or undefined for the pinned version and newer ones. */
export function refuseOldBun(root: string, version: string): string | undefined {
  const pinned = pinnedBun(root)
  if (compareVersions(version, pinned) >= 0) return undefined
  return `This needs Bun ${pinned} or newer; it was started with Bun ${version}. Run: npx -y bun@${pinned} start`
}

/** The Bun that package.json pins. */
function pinnedBun(root: string): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: { bun: string }
  }
  return manifest.engines.bun.replace(/^[^\d]*/, '')
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`; a pre-release counts as its release. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (version.split(/[-+]/)[0] ?? '').split('.').map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether node_modules was installed whole from the bun.lock that is here now. */
export function isInstalled(root: string, extent: Extent): boolean {
  const lock = readFileSync(join(root, 'bun.lock'), 'utf8')
  const sufficient: Extent[] = extent === 'all' ? ['all'] : ['production', 'all']
  return sufficient.some(each => readStamp(root, each) === lock)
}

function readStamp(root: string, extent: Extent): string | undefined {
  const path = join(root, 'node_modules', STAMP[extent])
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * Installs from bun.lock what is missing, quietly and without running any package's scripts.
 * `say` gets one line before. Undefined when all is there; otherwise why not. Whoever ends meanwhile aborts `leaving`
 * first: nothing goes on without it.
 */
export async function installMissing(
  root: string,
  extent: Extent,
  say: (line: string) => void,
  leaving?: AbortSignal,
): Promise<string | undefined> {
  if (isInstalled(root, extent)) return undefined
  // A checkout that had the tools keeps them when only the lock has changed.
  const wanted: Extent = readStamp(root, 'all') === undefined ? extent : 'all'
  say('installing packages (once after a clone or an update) …')
  const command = [process.execPath, 'install', '--frozen-lockfile', '--ignore-scripts']
  if (wanted === 'production') command.push('--production')
  const run = Bun.spawn(command, { cwd: root, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  leaving?.addEventListener('abort', () => run.kill('SIGKILL'))
  const [output, code] = await Promise.all([run.stderr.text(), run.exited])
  if (code !== 0) return failure(output)
  for (const old of Object.values(STAMP)) rmSync(join(root, 'node_modules', old), { force: true })
  writeFileSync(join(root, 'node_modules', STAMP[wanted]), readFileSync(join(root, 'bun.lock')))
  return undefined
}

function failure(output: string): string {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const hint =
    'Packages could not be installed (is the package registry reachable, and this folder writable?)'
  return [hint, ...lines.slice(-SHOWN_LINES).map(line => `  ${line}`)].join('\n')
}
