import { readRecorded } from '../recorded'
import type { Step } from '../vendor/step'
import { eventFrame } from '../vendors/bedrock/frame'
import type { Json } from './json'

/**
 * How a vendor frames its events where a fixture has their data alone, one a line: by themselves, with a `[DONE]` at the end,
 * under their types, or as AWS does.
 */
export type Framing = 'data' | 'done' | 'named' | 'aws'

/** The long form: each byte is a write of its own. */
export const EVERY_BYTE = process.env.EVERY_BYTE === '1'
/** Another one each time, unless a run is to be repeated. */
const SEED = Number(process.env.CUT_SEED ?? Date.now() % 1_000_000)

/** For a test's name: how what it plays is cut. */
export const HOW_CUT = EVERY_BYTE ? 'cut at every byte' : `cut by CUT_SEED=${SEED}`

export const isStreamed = (path: string) => !path.endsWith('.json')

/** The bytes that a vendor sends. */
export function bytesOf(path: string, framing: Framing): Buffer {
  const bytes = readRecorded(path)
  if (!path.endsWith('.chunks.txt')) return bytes
  const lines = bytes.toString().split('\n').filter(Boolean)
  if (framing === 'aws') return Buffer.concat(lines.flatMap(framesOf))
  const name = (line: string) => (framing === 'named' ? `event: ${JSON.parse(line).type}\n` : '')
  const events = lines.map(line => `${name(line)}data: ${line}\n\n`)
  return Buffer.from(events.join('') + (framing === 'done' ? 'data: [DONE]\n\n' : ''))
}

const framesOf = (line: string) =>
  Object.entries(JSON.parse(line)).map(([type, data]) => eventFrame(type, JSON.stringify(data)))

/** The vendor's JSON: one of a whole answer, one for each event of a stream. */
export function bodiesOf(path: string): Json[] {
  const bytes = readRecorded(path)
  const text = bytes.toString()
  if (path.endsWith('.json')) return [JSON.parse(text)]
  if (/\.(?:bin|eventstream)$/.test(path)) return framedIn(bytes)
  const lines = text.split(/\r?\n/)
  if (path.endsWith('.chunks.txt')) return lines.filter(Boolean).map(line => JSON.parse(line))
  return lines.flatMap(line => (/^data: ?\{/.test(line) ? [JSON.parse(line.slice(5))] : []))
}

/** An event's JSON by its type, found between AWS's lengths and checksums. */
function framedIn(bytes: Buffer): Json[] {
  const bodies: Json[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const payload = at + 12 + bytes.readUInt32BE(at + 4)
    const type = /:event-type...(\w+)/s.exec(bytes.toString('latin1', at, payload))![1]!
    bodies.push({ [type]: JSON.parse(bytes.toString('utf8', payload, at + bytes.readUInt32BE(at) - 4)) })
  }
  return bodies
}

/** A recorded answer as the vendor plays it. */
export function stepsOf(path: string, framing: Framing, status = 200): Step[] {
  const bytes = bytesOf(path, framing)
  const type = framing === 'aws' ? 'application/vnd.amazon.eventstream' : 'text/event-stream; charset=utf-8'
  const head = { status, headers: { 'content-type': isStreamed(path) ? type : 'application/json' } }
  return [head, ...cut(bytes)]
}

/**
 * A body as the vendor writes it: cut at other places each time, told where it fails. Each piece is an HTTP chunk of its own,
 * and is handed on as one however many come together.
 */
export function cut(bytes: Uint8Array): Step[] {
  if (EVERY_BYTE) return Array.from(bytes, byte => ({ bytes: Uint8Array.of(byte) }))
  let state = SEED
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % bytes.length
  }
  const places = [...new Set(Array.from({ length: 40 }, next))].toSorted((a, b) => a - b)
  return [0, ...places]
    .map((place, at) => ({ bytes: bytes.subarray(place, places[at]) }))
    .filter(step => step.bytes.length > 0)
}
