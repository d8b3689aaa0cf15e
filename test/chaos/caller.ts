import type { Chance } from '../spool/chance'
import { MODELS, type ModelName } from './models'

/** What one caller asks for, and whether it stays for the answer. */
export interface Plan {
  /** Goes out as `max_tokens`, so that the vendor's bill and the record both name the call, whatever dies between them. */
  tag: number
  model: ModelName
  stream: boolean
  includeUsage: boolean
  body: string
  /** So many bytes of the answer are read before it leaves; null: it stays to the end. */
  leavesAt: number | null
  /** It sends so much of its body and leaves; null: all of it. */
  sends: number | null
  leavesBy: 'fin' | 'reset'
}

/** whole: answered to the end · refused: an error's status · cut: an error event · left: it went · broken: the connection ended before the answer did. */
export type How = 'whole' | 'refused' | 'cut' | 'left' | 'broken' | 'unconnected' | 'hung'

/** What a caller saw. */
export interface Seen {
  plan: Plan
  how: How
  /** Of the gateway process that it asked. */
  pid: number
  startedAt: number
  /** When its request was written; undefined where that was never. */
  askedAt: number | undefined
  endedAt: number
  /** How much of the answer came. */
  bytes: number
  requestId: string | undefined
  status: number | undefined
  code: string | undefined
  usage: Record<string, unknown> | undefined
}

/** No vendor is asked for so many by a person; the tests' vendor says how many it sends by a field of its own. */
export const FIRST_TAG = 1_000_000
/** Nobody waits so long for an answer, on however busy a machine. */
const PATIENCE_MS = 300_000

/** Draws what the next caller does. */
export function drawPlan(tag: number, chance: Chance): Plan {
  const model = chance.pick(Object.keys(MODELS) as ModelName[])
  const isScripted = MODELS[model] === 'scripted'
  const stream = isScripted || chance.happens(0.7)
  const includeUsage = stream && chance.happens(0.5)
  const promptTokens = 5 + chance.below(2_000)
  const body = JSON.stringify({
    model,
    stream,
    ...(includeUsage && { stream_options: { include_usage: true } }),
    max_tokens: tag,
    messages: [{ role: 'user', content: `Call ${tag} of the chaos. ${'word '.repeat(chance.below(40))}` }],
    x_tokens: 1 + chance.below(60),
    x_seed: 1 + chance.below(1_000_000),
    x_pace_ms: chance.pick([0, 2, 5, 15, 50]),
    x_prompt_tokens: promptTokens,
    x_cached_tokens: chance.below(promptTokens),
    // Hidden: whoever is left in it cannot be counted but by the vendor.
    ...(model === 'chat-drain' && chance.happens(0.3) && { x_reasoning_tokens: chance.below(20) }),
  })
  const leaves = chance.happens(0.35)
  return {
    tag,
    model,
    stream,
    includeUsage,
    body,
    leavesAt: leaves ? chance.pick([0, 1, chance.below(400), chance.below(8_000)]) : null,
    sends: chance.happens(0.02) ? chance.below(body.length) : null,
    leavesBy: chance.happens(0.5) ? 'fin' : 'reset',
  }
}

/** Asks over a connection of its own; never rejects. */
export async function call(plan: Plan, gateway: { url: string; pid: number }, key: string): Promise<Seen> {
  const startedAt = performance.now()
  const about = { plan, pid: gateway.pid, startedAt }
  const ended = (how: How, answer: Partial<Answer> = {}): Seen => ({
    ...about,
    how,
    askedAt,
    endedAt: performance.now(),
    bytes: size,
    requestId: answer.requestId,
    status: answer.status,
    code: answer.code,
    usage: answer.usage,
  })
  const pieces: Buffer[] = []
  let size = 0
  let askedAt: number | undefined
  const { promise, resolve } = Promise.withResolvers<How>()
  const late = setTimeout(resolve, PATIENCE_MS, 'hung')
  const { hostname, port } = new URL(gateway.url)
  const enough = plan.leavesAt
  const isConnected = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open(socket) {
        const request = Buffer.from(requestText(plan, hostname, key))
        const unsent = plan.sends === null ? 0 : Buffer.byteLength(plan.body) - plan.sends
        askedAt = performance.now()
        socket.write(request.subarray(0, request.length - unsent))
        if (plan.sends !== null || enough === 0) setTimeout(leave, 5 + (plan.tag % 40), socket)
      },
      data(socket, data) {
        pieces.push(Buffer.from(data))
        size += data.length
        if (enough !== null && size >= enough) leave(socket)
        else if (isWhole(pieces, data)) {
          resolve('whole')
          socket.end()
        }
      },
      close: () => resolve('broken'),
      error: () => resolve('broken'),
    },
  }).then(
    () => true,
    () => false,
  )
  function leave(socket: { end(): void; terminate(): void }): void {
    resolve('left')
    if (plan.leavesBy === 'fin') socket.end()
    else socket.terminate()
  }
  if (!isConnected) {
    clearTimeout(late)
    return ended('unconnected')
  }
  const how = await promise
  clearTimeout(late)
  const answer = readAnswer(Buffer.concat(pieces))
  if (how !== 'whole' && how !== 'broken') return ended(how, answer)
  if (answer.isComplete)
    return ended(answer.code === undefined ? 'whole' : answer.status === 200 ? 'cut' : 'refused', answer)
  return ended('broken', answer)
}

function requestText(plan: Plan, host: string, key: string): string {
  const length = Buffer.byteLength(plan.body)
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${plan.body}`
}

/** A cheap look at the last bytes before anything is joined. */
function isWhole(pieces: Buffer[], last: Buffer): boolean {
  const tail = last.length >= 5 || pieces.length < 2 ? last : Buffer.concat(pieces.slice(-5))
  if (tail.subarray(-5).toString('latin1') === '0\r\n\r\n') return true
  const [head = ''] = Buffer.concat(pieces.slice(0, 2)).toString('latin1', 0, 4_096).split('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) return false
  return pieces.reduce((sum, { length: size }) => sum + size, 0) >= head.length + 4 + Number(length)
}

interface Answer {
  requestId: string | undefined
  status: number | undefined
  isComplete: boolean
  code: string | undefined
  usage: Record<string, unknown> | undefined
}

function readAnswer(bytes: Buffer): Answer {
  const nothing = {
    requestId: undefined,
    status: undefined,
    isComplete: false,
    code: undefined,
    usage: undefined,
  }
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return nothing
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(head.split(' ')[1])
  const requestId = /x-request-id: (\S+)/i.exec(head)?.[1]
  const rest = bytes.subarray(headEnd + 4)
  const body = /transfer-encoding: chunked/i.test(head) ? dechunk(rest) : rest.toString()
  const events = /text\/event-stream/i.test(head) ? readEvents(body) : readJson(body)
  return { requestId, status, ...events }
}

function readEvents(text: string): Omit<Answer, 'requestId' | 'status'> {
  const data = text.split('\n\n').filter(event => event.startsWith('data: '))
  const isComplete = data.at(-1) === 'data: [DONE]' && text.endsWith('\n\n')
  const [last, before] = [data.at(-2), data.findLast(event => event.includes('"usage":{'))]
  const error = last?.startsWith('data: {"error"') ? parse(last.slice(6)) : undefined
  const usage = before && isComplete ? parse(before.slice(6))?.usage : undefined
  return { isComplete, code: codeOf(error), usage: usage as Record<string, unknown> | undefined }
}

function readJson(text: string): Omit<Answer, 'requestId' | 'status'> {
  const body = parse(text)
  return {
    isComplete: body !== undefined,
    code: codeOf(body),
    usage: body?.usage as Record<string, unknown> | undefined,
  }
}

function codeOf(body: Record<string, unknown> | undefined): string | undefined {
  const error = body?.error as { code?: string } | undefined
  return error === undefined ? undefined : (error.code ?? 'none')
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function dechunk(bytes: Buffer): string {
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd === -1 ? 0 : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!size) return Buffer.concat(pieces).toString()
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 4 + size
  }
}
