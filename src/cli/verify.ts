import { Command } from 'commander'
import { CHAIN_START, linkHash } from '../lib/hash-chain'
import { managementApi } from './connection'
import { CliError, type Console, oneLine } from './console'
import { show } from './show'
import { type BatchHeads, batchesText, verifyBatches } from './verify-batches'

/** An entry of a chain, as the management API shows it. */
interface Entry {
  tenant_id: string
  sequence: number
  hash: string
}

/** What is wrong with a chain. */
interface Fault {
  tenant_id: string
  sequence: number
  fault: string
}

interface Verdict {
  entries: number
  tenants: number
  faults: Fault[]
  /** Whoever keeps them sees later whether entries at the end were removed. */
  heads: Heads
}

/** The latest hash of each tenant. */
type Heads = Record<string, { sequence: number; hash: string }>

/** What an earlier verification told, as JSON. */
interface Earlier {
  management?: { heads?: Heads }
  requests?: { heads?: BatchHeads }
}

/** `cm audit verify`: whether something of the audit logs was changed, removed or put in. */
export function verifyCommand(console: Console): Command {
  return new Command('verify')
    .description(
      'check that nothing of the audit logs, of requests and of management, was changed, removed or put in',
    )
    .option(
      '--file <path>',
      'an export (application/x-ndjson of /api/v1/audit/management) instead of the gateway',
    )
    .option(
      '--since <path>',
      'what `--json` told at another time: what was the latest then must still be there',
    )
    .action(async ({ file, since }: { file?: string; since?: string }, command: Command) => {
      const earlier = since === undefined ? {} : readEarlier(since, console)
      const api = file === undefined ? managementApi(command, console) : undefined
      const texts = api?.lines('/api/v1/audit/management') ?? [readFile(file ?? '', console)]
      const management = await verifyChains(linesOf(texts), earlier.management?.heads)
      const requests = api && (await verifyBatches(api, earlier.requests?.heads))
      const lines = [...(requests ? batchesText(requests) : []), ...textOf(management)].map(oneLine)
      show(command, console, { management, ...(requests && { requests }) }, `${lines.join('\n')}\n`)
      const faults = management.faults.length + (requests ? requests.faults.length + requests.lost.length : 0)
      if (faults > 0) throw new CliError(`${faults} faults: the audit log is not as it was written`)
    })
}

function readFile(path: string, console: Console): string {
  const text = console.readFile(path)
  if (text === undefined) throw new CliError(`${path} cannot be read`)
  return text
}

function readEarlier(path: string, console: Console): Earlier {
  const text = readFile(path, console)
  try {
    const earlier = JSON.parse(text) as Earlier
    if (earlier.management?.heads) return earlier
  } catch {
    // Told below.
  }
  throw new CliError(`${path} is not what \`cm audit verify --json\` tells`)
}

async function* linesOf(texts: AsyncIterable<string> | Iterable<string>): AsyncIterable<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Entries come newest first: each is checked once the one before it in its chain is there. One a tenant is held. */
export async function verifyChains(lines: AsyncIterable<string>, known: Heads = {}): Promise<Verdict> {
  const missing = new Map(Object.entries(known))
  const open = new Map<string, Entry>()
  const verdict: Verdict = { entries: 0, tenants: 0, faults: [], heads: {} }
  for await (const line of lines) {
    if (line.trim() === '') continue
    const entry = entryOf(line)
    verdict.entries++
    const head = missing.get(entry.tenant_id)
    if (head?.sequence === entry.sequence && head.hash === entry.hash) missing.delete(entry.tenant_id)
    const later = open.get(entry.tenant_id)
    if (later) check(later, entry, verdict)
    else verdict.heads[entry.tenant_id] = { sequence: entry.sequence, hash: entry.hash }
    open.set(entry.tenant_id, entry)
  }
  for (const first of open.values()) check(first, undefined, verdict)
  const fault = 'it was the latest once, and is not there as it was'
  for (const [tenant_id, { sequence }] of missing) verdict.faults.push({ tenant_id, sequence, fault })
  verdict.tenants = open.size
  return verdict
}

function check(entry: Entry, before: Entry | undefined, { faults }: Verdict): void {
  const { hash, ...said } = entry
  const { tenant_id, sequence } = entry
  const expected = (before?.sequence ?? 0) + 1
  if (sequence !== expected)
    faults.push({ tenant_id, sequence, fault: `${expected} is expected here: entries are missing` })
  else if (linkHash(before?.hash ?? CHAIN_START, said) !== hash)
    faults.push({ tenant_id, sequence, fault: 'it, or the one before it, was changed' })
}

function entryOf(line: string): Entry {
  try {
    const entry = JSON.parse(line) as Partial<Entry>
    const { tenant_id, sequence, hash } = entry
    if (typeof tenant_id === 'string' && typeof sequence === 'number' && typeof hash === 'string')
      return entry as Entry
  } catch {
    // Told below.
  }
  throw new CliError('This is no export of the management log: a line of it is no entry')
}

function textOf({ entries, tenants, faults, heads }: Verdict): string[] {
  const found = faults.map(
    ({ tenant_id, sequence, fault }) => `tenant ${tenant_id}, entry ${sequence}: ${fault}`,
  )
  const latest = Object.entries(heads).map(([tenant, { sequence, hash }]) => `${tenant} ${sequence} ${hash}`)
  const verdict = faults.length === 0 ? 'as they were written' : 'not as they were written'
  return [...found, `${entries} entries of ${tenants} tenants are ${verdict}`, ...latest]
}
