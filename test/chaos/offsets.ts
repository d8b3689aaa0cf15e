import { countCall } from '../../src/usage/count-call'
import type { UsageRecord } from '../../src/usage/record'
import { startGateway, type TestGateway } from '../gateway/start-gateway'
import { contentOf } from '../gateway/stream-text'
import { chat, textOf } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { bodyOf, type Step } from '../vendor/step'
import { call, FIRST_TAG } from './caller'

export type OnDisconnect = 'abort' | 'drain'

/** How many left at how many bytes, and every record that is not as it must be. */
export interface Sweep {
  left: number
  problems: string[]
}

const ANSWER = { tokens: ['Hello', ' wide', ' world', ' of', ' bytes.'] }
const STEPS = chat(ANSWER)
/** What the vendor sends, whole. */
const BODY = bodyOf(STEPS)
const BILL = { inputTokens: 12, outputTokens: ANSWER.tokens.length }
/** Each lane has a model of its own, so that its scripts are taken in order. */
const LANES = Array.from({ length: 20 }, (_, index) => `e${index}`)
const PACE_MS = 3
/** Nothing takes so long, on however busy a machine. */
const PATIENCE_MS = 300_000

/** The length of the vendor's body, and about that of the answer with its head and framing. */
export const VENDOR_BYTES = BODY.length
export const ANSWER_BYTES = BODY.length + 700

/**
 * For each offset a caller that leaves when its vendor has sent so many bytes of its body: what was sent by then is
 * billed to the token, or, where the vendor is read to its end, what the vendor bills.
 */
export async function leaveAtVendorBytes(mode: OnDisconnect, offsets: readonly number[]): Promise<Sweep> {
  return sweep(mode, offsets, scriptAt, async (gateway, vendor, { model, tag, offset, nth }) => {
    const leaving = new AbortController()
    const words = contentOf(completeEvents(offset))
    const asking = gateway.chat(JSON.parse(bodyOfAsk(model, tag)), { signal: leaving.signal })
    const reading = asking.then(response => readUntil(response, words, isDone(offset)))
    reading.catch(() => 'left')
    await vendor.waitForCall(`${model}-2026-01`, nth, PATIENCE_MS)
    if (words !== '') await reading
    // Until it has come so far here, too, and until it is known that the caller is gone.
    const call = callOf(gateway, tag)
    await until(() => !call || call.settled || call.tries.at(-1)?.exchange.bytes === offset)
    leaving.abort()
    await until(() => !call || call.settled || call.left !== undefined)
    if (mode === 'drain') await vendor.open(gateAt(offset))
    return record => expectationAt(mode, offset, record)
  })
}

/** For each offset a caller that leaves when it has read so many bytes of its answer, head and framing included. */
export async function leaveAtAnswerBytes(mode: OnDisconnect, offsets: readonly number[]): Promise<Sweep> {
  const paced = chat({ ...ANSWER, paceMs: PACE_MS })
  return sweep(
    mode,
    offsets,
    () => paced,
    async (gateway, _, { model, tag, offset }) => {
      const body = bodyOfAsk(model, tag)
      const leavesBy = tag % 2 === 0 ? ('fin' as const) : ('reset' as const)
      const plan = {
        tag,
        model: 'chat-cut' as const,
        stream: true,
        includeUsage: false,
        sends: null,
        leavesBy,
      }
      await call({ ...plan, body, leavesAt: offset }, { url: gateway.url, pid: process.pid }, gateway.key)
      return (record, isAsked) => {
        if (!isAsked) return isFree(record) ? undefined : 'its vendor was never asked'
        return isExact(record) || (mode === 'abort' && isCounted(record)) ? undefined : 'wrong'
      }
    },
  )
}

interface Leaver {
  model: string
  tag: number
  offset: number
  /** The how-manieth call of its model. */
  nth: number
}
/** `isAsked`: the vendor has heard of it. */
type Judge = (record: UsageRecord, isAsked: boolean) => string | undefined

async function sweep(
  mode: OnDisconnect,
  offsets: readonly number[],
  scriptFor: (mode: OnDisconnect, offset: number) => Step[],
  leave: (gateway: TestGateway, vendor: Vendor, leaver: Leaver) => Promise<Judge>,
): Promise<Sweep> {
  const vendor = await startVendor()
  const account = (given: Parameters<NonNullable<Parameters<typeof startGateway>[0]['account']>>[0]) => ({
    ...given,
    onDisconnect: mode,
  })
  const gateway = startGateway({ vendors: { acme: vendor.url }, models: LANES, account })
  const judges = new Map<number, { offset: number; judge: Judge }>()
  try {
    await Promise.all(
      LANES.map(async (model, lane) => {
        const own = offsets.filter((_, index) => index % LANES.length === lane)
        const [first, ...others] = own.map(offset => scriptFor(mode, offset))
        if (!first) return
        await vendor.script(`${model}-2026-01`, first, ...others)
        for (const [index, offset] of own.entries()) {
          const tag = FIRST_TAG + index * LANES.length + lane
          judges.set(tag, {
            offset,
            judge: await leave(gateway, vendor, { model, tag, offset, nth: index + 1 }),
          })
          // One of a lane at a time: more than the tokenizer takes at once would be estimated.
          await until(() => gateway.records.some(({ shape }) => shape.maxTokens === tag))
        }
      }),
    )
    await until(() => gateway.live.size === 0)
    const asked = new Set((await vendor.calls()).map(({ body }) => tagOf(body)))
    return { left: judges.size, problems: judgeAll(judges, gateway.records, asked) }
  } finally {
    await gateway.stop()
    await vendor.stop()
  }
}

function callOf({ live }: TestGateway, tag: number) {
  return [...live].find(({ shape }) => shape.maxTokens === tag)
}

/** Or when nothing can come of it any more: what is missing then is told. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !isSo() && performance.now() < end; ) await Bun.sleep(2)
}

function tagOf(body: Buffer | null): unknown {
  return body && (JSON.parse(body.toString()) as { max_tokens?: unknown }).max_tokens
}

function judgeAll(
  judges: Map<number, { offset: number; judge: Judge }>,
  records: UsageRecord[],
  asked: Set<unknown>,
): string[] {
  const byTag = Map.groupBy(records, ({ shape }) => shape.maxTokens)
  return [...judges].flatMap(([tag, { offset, judge }]) => {
    const kept = byTag.get(tag) ?? []
    const [record] = kept
    if (!record || kept.length > 1) return [`at byte ${offset}: ${kept.length} records`]
    const verdict = judge(record, asked.has(tag))
    const { outcome, status, usageSource, usage } = record
    return verdict === undefined
      ? []
      : [`at byte ${offset}: ${verdict}: ${JSON.stringify({ outcome, status, usageSource, usage })}`]
  })
}

const gateAt = (offset: number) => `at ${offset}`

/** So many bytes and silence until the gateway closes; or so many, and the rest once the caller is gone. */
function scriptAt(mode: OnDisconnect, offset: number): Step[] {
  const [head] = STEPS
  const bill = { ...BILL, cachedInputTokens: 0 }
  const sent: Step[] = [head!, { bytes: BODY.subarray(0, offset), bill }]
  if (offset === BODY.length) return sent
  if (mode === 'abort') return [...sent, { stall: true }]
  return [...sent, { gate: gateAt(offset) }, { bytes: BODY.subarray(offset) }]
}

function expectationAt(mode: OnDisconnect, offset: number, record: UsageRecord): string | undefined {
  const text = completeEvents(offset)
  const words = contentOf(text)
  if (isDone(offset)) return record.outcome === 'ok' && isExact(record) ? undefined : 'it was whole'
  if (record.outcome !== 'cancelled') return 'it was left'
  if (record.status !== (words === '' ? 499 : 200)) return 'its status is another'
  if (mode === 'drain' || text.includes('"usage":{'))
    return isExact(record) ? undefined : 'the vendor told its figures'
  const { output, input } = countCall(Buffer.from(bodyOfAsk(record.modelRequested ?? '', 0)), [words])
  const { inputTokens, outputTokens } = record.usage ?? {}
  const isTrue = record.usageSource === 'tokenizer' && inputTokens === input && outputTokens === output
  return isTrue ? undefined : `${input} and ${output} tokens were seen`
}

function isExact({ usage, usageSource }: UsageRecord): boolean {
  const isVendors = usageSource === 'vendor' || usageSource === 'drained'
  return isVendors && usage?.inputTokens === BILL.inputTokens && usage.outputTokens === BILL.outputTokens
}

/** The caller was gone before a byte of its request had left us. */
function isFree({ usage, outcome, costPicoUsd }: UsageRecord): boolean {
  return outcome === 'cancelled' && usage === null && costPicoUsd === 0n
}

/** Some of the words, and all of the prompt. */
function isCounted({ usage, usageSource, outcome }: UsageRecord): boolean {
  const { output } = countCall(Buffer.from('{}'), [textOf(ANSWER)])
  return usageSource === 'tokenizer' && outcome === 'cancelled' && (usage?.outputTokens ?? 99) <= output
}

function bodyOfAsk(model: string, tag: number): string {
  const messages = [{ role: 'user', content: 'Say something that can be cut anywhere.' }]
  return JSON.stringify({ model, stream: true, max_tokens: tag, messages })
}

/** The events that are whole within so many bytes. */
function completeEvents(offset: number): string {
  const sent = BODY.toString('latin1', 0, offset)
  return sent.slice(0, sent.lastIndexOf('\n\n') + 2)
}

function isDone(offset: number): boolean {
  return offset === BODY.length
}

/** Until the caller has read these words, or the end. */
async function readUntil(response: Response, words: string, untilEnd: boolean): Promise<void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true })
    if (!untilEnd && contentOf(text.slice(0, text.lastIndexOf('\n\n') + 2)).length >= words.length) return
  }
}
