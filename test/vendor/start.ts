import { join } from 'node:path'
import type { Entry } from './ledger'
import { type Bill, encodeSteps, type Step } from './step'

/** One request as the vendor saw it; `body` is null where it was forgotten or not asked for. */
export type Call = Omit<Entry, 'bill'> & { bill: Bill }

/** A line of the vendor's bill: what it would charge for this call as it stands. */
export type BillLine = Pick<Call, 'id' | 'name' | 'model' | 'ending' | 'tokens'> & Bill

/** The tests' vendor, running as a process of its own. */
export interface Vendor {
  /** What a configuration calls `base_url`; it ends in `/v1`. */
  readonly url: string
  readonly pid: number
  /** Answers calls of that name (their `model`, an `x-script` header, or the path) by these steps; further scripts serve the calls that follow, the last one all the rest. */
  script(name: string, ...scripts: [Step[], ...Step[][]]): Promise<void>
  /** All calls, oldest first, with their bodies. */
  calls(name?: string): Promise<Call[]>
  /** The count-th call of that name, as soon as its request is whole. */
  waitForCall(name: string, count?: number, timeoutMs?: number): Promise<Call>
  bill(name?: string): Promise<BillLine[]>
  openConnections(): Promise<number>
  /** TCP connections accepted since the start. */
  acceptedConnections(): Promise<number>
  /** Settles when the peer has closed the connection on which this call was open; rejects after the time. */
  waitForClosed(id: string, timeoutMs?: number): Promise<Call>
  /** Settles when the call has ended in whatever way; rejects after the time. */
  waitForEnd(id: string, timeoutMs?: number): Promise<Call>
  /** Lets calls go on that wait at this gate, now and later. */
  open(gate: string): Promise<void>
  /** Forgets scripts, calls and gates. */
  clear(): Promise<void>
  stop(): Promise<void>
}

export interface StartOptions {
  /** A command that runs the vendor, such as `['taskset', '-c', '1']`. */
  under?: string[]
  port?: number
}

const PATIENCE_MS = 5_000

/** Starts the vendor; it ends with `stop()`, and in any case with this process. */
export async function startVendor({ under = [], port = 0 }: StartOptions = {}): Promise<Vendor> {
  const main = join(import.meta.dir, 'main.ts')
  const child = Bun.spawn([...under, process.execPath, main, String(port)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const { url, control } = JSON.parse(await firstLine(child.stdout)) as { url: string; control: string }
  const ask = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await fetch(`${control}${path}`, init)
    if (!response.ok) throw new Error(`the vendor's control answered ${response.status} to ${path}`)
    return (await response.json()) as T
  }
  const calls = async (name = '', bodies = 'yes') =>
    (await ask<Row[]>(`/calls?${new URLSearchParams({ name, bodies })}`)).map(asCall)
  const ended = async (id: string, how: string, timeoutMs: number) => {
    const row = await ask<Row | null>(
      `/ended?${new URLSearchParams({ id, how, timeout: String(timeoutMs) })}`,
    )
    if (!row) throw new Error(`the vendor knows no call ${id}`)
    if (row.ending === null || (how === 'left' && row.ending !== 'left'))
      throw new Error(`call ${id} is ${row.ending ?? 'open'} after ${timeoutMs} ms`)
    return asCall(row)
  }
  return {
    url,
    pid: child.pid,
    async script(name, ...scripts) {
      const body = JSON.stringify(scripts.map(encodeSteps))
      await ask(`/script?${new URLSearchParams({ name })}`, { method: 'PUT', body })
    },
    calls: name => calls(name),
    async waitForCall(name, count = 1, timeoutMs = PATIENCE_MS) {
      const query = new URLSearchParams({ name, count: String(count), timeout: String(timeoutMs) })
      const row = await ask<Row | null>(`/call?${query}`)
      if (!row) throw new Error(`the vendor saw no call ${count} of ${name} in ${timeoutMs} ms`)
      return asCall(row)
    },
    async bill(name) {
      const lines = await calls(name, 'no')
      return lines.map(({ id, name, model, ending, tokens, bill }) => ({
        id,
        name,
        model,
        ending,
        tokens,
        ...bill,
      }))
    },
    openConnections: async () => (await ask<{ open: number }>('/connections')).open,
    acceptedConnections: async () => (await ask<{ accepted: number }>('/connections')).accepted,
    waitForClosed: (id, timeoutMs = PATIENCE_MS) => ended(id, 'left', timeoutMs),
    waitForEnd: (id, timeoutMs = PATIENCE_MS) => ended(id, 'any', timeoutMs),
    open: async gate => void (await ask(`/open?${new URLSearchParams({ name: gate })}`, { method: 'POST' })),
    clear: async () => void (await ask('/clear', { method: 'POST' })),
    async stop() {
      child.kill()
      await child.exited
    },
  }
}

type Row = Omit<Call, 'body'> & { base64: string | null }

function asCall({ base64, ...row }: Row): Call {
  return { ...row, body: base64 === null ? null : Buffer.from(base64, 'base64') }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  const reader = stream.getReader()
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error('the vendor did not start')
    text += decoder.decode(value, { stream: true })
  }
  reader.releaseLock()
  return text.slice(0, text.indexOf('\n'))
}
