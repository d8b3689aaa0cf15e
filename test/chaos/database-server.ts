import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { binaries, freePort, unprivilegedUser } from '../postgres'

/** A PostgreSQL that can be killed, stopped, frozen, made read-only and full, and comes back on the same port. */
export interface ChaosDatabase {
  /** Of the gateways' own database. */
  readonly url: string
  /** Whether it lies on a disk so small that it can be filled. */
  readonly canFill: boolean
  start(): Promise<void>
  /** `pg_ctl -m immediate`: no checkpoint, no goodbye. */
  kill(): Promise<void>
  /** `pg_ctl -m fast`. */
  stop(): Promise<void>
  /** No process of it runs, connections stay open. */
  freeze(): void
  thaw(): void
  readOnly(isOn: boolean): Promise<void>
  fill(): void
  empty(): void
  close(): Promise<void>
}

/** No start takes so long, on however busy a machine. */
const PATIENCE_MS = 300_000
const SMALL_BYTES = 512 * 1024 * 1024

/** In a mount namespace of its own where there is a small disk, so that nothing of it outlives its processes. */
const SCRIPT = `
  bin=$1 folder=$2 port=$3 small=$4 as=$5
  if [ "$small" != 0 ]; then mount -t tmpfs -o "size=$small,uid=$6,mode=0700" tmpfs "$folder/small" || exit 1; fi
  $as "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync -E UTF8 >"$folder/log" 2>&1 || exit 1
  children() { cat "/proc/$pid/task/$pid/children" 2>/dev/null; }
  over() { if [ -n "$pid" ]; then all=$(children); kill "-$1" "$pid" 2>/dev/null; kill -CONT "$pid" $all 2>/dev/null; wait "$pid"; pid=; fi; }
  pid=
  while read -r word signal; do
    if [ "$word" = start ]; then
      $as "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60 >>"$folder/log" 2>&1 &
      pid=$!
    else over "$signal"; fi
    echo "done $pid"
  done
  over QUIT
  if [ "$small" != 0 ]; then umount "$folder/small"; fi
  rm -rf "$folder"
`

/** Starts one with an empty database `gateway`. It ends with this process, however that ends. */
export async function startChaosDatabase(): Promise<ChaosDatabase> {
  if (!binaries) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-chaos-postgres-'))
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  const canFill = user !== undefined && canMount(folder)
  const small = join(folder, 'small')
  for (const path of [folder, small]) {
    if (path === small) await Bun.$`mkdir ${small}`.quiet()
    if (user) chownSync(path, user.uid, user.gid)
  }
  const as = user ? `setpriv --reuid=${user.uid} --regid=${user.gid} --clear-groups` : ''
  const port = freePort()
  const shell = [
    'sh',
    '-c',
    SCRIPT,
    'sh',
    binaries,
    folder,
    `${port}`,
    canFill ? `${SMALL_BYTES}` : '0',
    as,
    `${user?.uid}`,
  ]
  const control = openControl(canFill ? ['unshare', '-m', ...shell] : shell, folder)
  const urlOf = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`
  let pid = 0
  const tell = async (word: string) => {
    pid = Number((await control.say(word)).split(' ')[1])
  }
  const signalAll = (name: NodeJS.Signals) => {
    for (const each of [pid, ...childrenOf(pid)]) signal(each, name)
  }
  const filler = () => `/proc/${pid}/root${small}/filler`
  const server: ChaosDatabase = {
    url: urlOf('gateway'),
    canFill,
    async start() {
      await tell('start')
      await answers(urlOf('postgres'))
    },
    kill: () => tell('end QUIT'),
    stop: () => tell('end INT'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async readOnly(isOn) {
      const value = isOn ? 'on' : 'off'
      await run(urlOf('postgres'), [
        `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
        'SELECT pg_reload_conf()',
      ])
    },
    fill: () => fillUp(filler()),
    empty: () => rmSync(filler(), { force: true }),
    close: () => control.end(),
  }
  await server.start()
  await run(
    urlOf('postgres'),
    canFill
      ? [`CREATE TABLESPACE small LOCATION '${small}'`, 'CREATE DATABASE gateway TABLESPACE small']
      : ['CREATE DATABASE gateway'],
  )
  return server
}

function canMount(folder: string): boolean {
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1"'
  return Bun.spawnSync(['unshare', '-m', 'sh', '-c', script, 'sh', folder], { stderr: 'ignore' }).success
}

/** One word to the shell, one line back. */
function openControl(command: string[], folder: string) {
  const [program, ...args] = command
  const child: ChildProcess = spawn(program!, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: folder,
    detached: true,
  })
  child.unref()
  let waiting: ((line: string) => void) | undefined
  child.stdout!.setEncoding('utf8').on('data', (line: string) => waiting?.(line.trim()))
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const died = ended.then(() => Promise.reject(new Error('PostgreSQL could not be made')))
  died.catch(() => 'told to whoever waits')
  return {
    say(word: string): Promise<string> {
      const said = new Promise<string>(resolve => {
        waiting = resolve
      })
      child.stdin!.write(`${word}\n`)
      return Promise.race([said, died])
    },
    async end() {
      child.stdin!.end()
      await ended
    },
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

/** Writes until the disk takes no more. */
function fillUp(path: string): void {
  const file = openSync(path, 'w')
  for (const piece of [Buffer.alloc(1024 * 1024), Buffer.alloc(1024)]) {
    try {
      for (let written = 0; written < SMALL_BYTES; ) written += writeSync(file, piece)
    } catch {
      // Full, which is what was wanted.
    }
  }
  closeSync(file)
}

async function run(url: string, statements: string[]): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { default_transaction_read_only: false },
  })
  try {
    for (const statement of statements) await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function answers(url: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    if (
      await run(url, ['SELECT 1']).then(
        () => true,
        () => false,
      )
    )
      return
    await Bun.sleep(50)
  }
  throw new Error('PostgreSQL did not come back in minutes')
}
