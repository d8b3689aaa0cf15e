import type { Connection } from './connection'
import type { Entry, Ledger } from './ledger'
import { type Body, bytesOf, type Framing, type Head, type Step } from './step'

const GATE_LOOK_MS = 2

interface Run {
  connection: Connection
  entry: Entry
  ledger: Ledger
  framing: Framing | undefined
  split: { at: number[] | 'every'; gapMs: number } | undefined
  ended: boolean
}

/** Does what the steps say, and books it. Stops where the peer leaves. */
export async function runScript(
  steps: Step[],
  connection: Connection,
  entry: Entry,
  ledger: Ledger,
): Promise<void> {
  const run: Run = { connection, entry, ledger, framing: undefined, split: undefined, ended: false }
  await runSteps(steps, steps, run)
  if (connection.closed) return
  end(run)
  await connection.ready()
  ledger.close(entry, connection.closed ? 'left' : 'complete')
  if (run.framing === 'close' || run.framing === undefined) connection.end()
}

async function runSteps(steps: Step[], all: Step[], run: Run): Promise<void> {
  for (const step of steps) {
    if (run.connection.closed) return
    await runStep(step, all, run)
  }
}

async function runStep(step: Step, all: Step[], run: Run): Promise<void> {
  const { connection, entry, ledger } = run
  if ('status' in step) return sendHead(step, all, run)
  if ('wait' in step) return connection.wait(step.wait)
  if ('gate' in step) {
    while (!ledger.gates.has(step.gate) && !connection.closed) await connection.wait(GATE_LOOK_MS)
    return
  }
  if ('repeat' in step) {
    for (let round = 0; round < step.repeat && !connection.closed; round++)
      await runSteps(step.steps, all, run)
    return
  }
  if ('split' in step) run.split = { at: step.split, gapMs: step.gapMs ?? 2 }
  else if ('raw' in step) await sendPieces(Buffer.from(step.raw as string), run, false)
  else if ('end' in step) end(run)
  else if ('close' in step) {
    ledger.close(entry, run.framing === 'close' ? 'complete' : 'cut')
    connection.end()
  } else if ('reset' in step) {
    ledger.close(entry, 'reset')
    connection.reset()
  } else if ('stall' in step) await connection.left()
  else await sendBody(step, run)
}

async function sendBody(step: Body, run: Run): Promise<void> {
  const bytes = bytesOf(step)
  run.entry.tokens += step.tokens ?? 0
  Object.assign(run.entry.bill, step.bill)
  if (bytes && bytes.length > 0) await sendPieces(bytes, run, run.framing === 'chunked')
}

async function sendPieces(bytes: Buffer, run: Run, chunked: boolean): Promise<void> {
  const split = run.split
  run.split = undefined
  for (const [index, piece] of cut(bytes, split?.at).entries()) {
    if (index > 0) await run.connection.wait(split?.gapMs ?? 0)
    run.connection.write(chunked ? framed(piece) : piece)
    await run.connection.ready()
  }
}

function cut(bytes: Buffer, at: number[] | 'every' | undefined): Buffer[] {
  if (at === undefined) return [bytes]
  const offsets =
    at === 'every' ? Array.from({ length: bytes.length }, (_, index) => index) : [...at].sort((a, b) => a - b)
  const edges = [0, ...offsets, bytes.length]
  return edges
    .slice(1)
    .map((edge, index) => bytes.subarray(edges[index], edge))
    .filter(piece => piece.length > 0)
}

function framed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

function end(run: Run): void {
  if (run.ended) return
  run.ended = true
  if (run.framing === 'chunked') run.connection.write('0\r\n\r\n')
}

async function sendHead(step: Head, all: Step[], run: Run): Promise<void> {
  const { connection, entry } = run
  const headers = Array.isArray(step.headers) ? [...step.headers] : Object.entries(step.headers ?? {})
  if (step.status >= 200) {
    const framing = step.framing ?? framingOf(headers, step.status)
    run.framing = framing
    run.ended = false
    const given = (name: string) => headers.some(([other]) => other.toLowerCase() === name)
    if (!step.bare && !given('x-request-id')) headers.push(['x-request-id', entry.id])
    if (framing === 'chunked' && !given('transfer-encoding')) headers.push(['transfer-encoding', 'chunked'])
    if (framing === 'length') headers.push(['content-length', String(sizeOf(all))])
  }
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const first = `${step.version ?? 'HTTP/1.1'} ${step.status} ${step.reason ?? 'Vendor'}\r\n`
  connection.write(Buffer.from(`${first}${lines}\r\n`, 'latin1'))
  await connection.ready()
}

function framingOf(headers: [string, string][], status: number): Framing {
  if (status === 204 || status === 304) return 'none'
  const value = (name: string) => headers.find(([other]) => other.toLowerCase() === name)?.[1]
  if (value('content-length') !== undefined) return 'none'
  const encoding = value('transfer-encoding')
  return encoding === undefined || encoding.toLowerCase() === 'chunked' ? 'chunked' : 'none'
}

function sizeOf(steps: Step[]): number {
  let size = 0
  for (const step of steps)
    size += 'repeat' in step ? step.repeat * sizeOf(step.steps) : (bytesOf(step)?.length ?? 0)
  return size
}
