import { countCall } from '../../src/usage/count-call'
import type { Call } from '../vendor/start'
import type { Seen } from './caller'
import type { Figures, Row } from './ledger-rows'
import { picoUsd } from './ledger-rows'
import { PICO_USD, REFUSING, sentText } from './models'
import type { Destroyed } from './spools'

/** Everything that is known of a time in which things went wrong. */
export interface Evidence {
  /** The vendor's own book. */
  calls: Call[]
  rows: Row[]
  seen: Seen[]
  destroyed: Destroyed
  /** Whether the process that was asked was killed meanwhile: it could not say a word. */
  wasKilled: (seen: Seen) => boolean
  /** When the process that was asked was told to end, on the callers' clock; undefined if that was not before its answer ended. */
  toldToEndAt: (seen: Seen) => number | undefined
}

/** What was counted, and everything that is not as it must be. */
export interface Findings {
  counts: Record<string, number>
  problems: string[]
}

/** Lays the vendor's bill, the records and what the callers saw beside each other, call by call. */
export function compare(evidence: Evidence): Findings {
  const found: Findings = { counts: {}, problems: [] }
  const calls = Map.groupBy(evidence.calls, tagOfCall)
  const rows = Map.groupBy(evidence.rows, row => row.shape.max_tokens)
  const { destroyed } = evidence
  for (const [tag, made] of calls) compareCall(tag, made, rows.get(tag) ?? [], destroyed, found)
  for (const [tag, kept] of rows)
    for (const row of kept) {
      checkRow(row, tag === null ? [] : (calls.get(tag) ?? []), found)
    }
  for (const seen of evidence.seen) compareSeen(seen, rows.get(seen.plan.tag) ?? [], evidence, found)
  return found
}

function compareCall(
  tag: number | null,
  made: Call[],
  kept: Row[],
  destroyed: Destroyed,
  found: Findings,
): void {
  count(found, 'vendor calls', made.length)
  if (tag === null) problem(found, 'untagged', 'the vendor was asked by somebody else')
  if (kept.length > 1) problem(found, 'duplicate', `call ${tag} has ${kept.length} records`)
  const [row] = kept
  if (!row) {
    if (tag !== null && destroyed.dispatches.has(tag)) count(found, 'lost with the disk')
    else problem(found, 'missing', `call ${tag} has no record; the vendor: ${tell(made.at(-1))}`)
  } else if (row.error_code !== 'gateway_crashed' && row.attempts.length < made.length)
    problem(
      found,
      'wrong',
      `call ${tag} was made ${made.length} times, its record knows ${row.attempts.length}`,
    )
  else if (row.usage === null && made.some(mayBill))
    problem(found, 'wrong', `call ${tag} is billed for nothing; the vendor: ${tell(made.findLast(mayBill))}`)
}

/** Its vendor has the request, and did not refuse it. */
function mayBill({ model }: Call): boolean {
  return model !== REFUSING
}

function checkRow(row: Row, made: Call[], found: Findings): void {
  const tag = row.shape.max_tokens
  count(found, `${row.outcome} ${row.usage_source ?? 'nothing'}`)
  const cost = row.usage ? costOf(row.usage) : 0n
  if (cost !== picoUsd(row.cost_usd))
    problem(found, 'wrong', `call ${tag} costs ${row.cost_usd}, its figures ${cost} pico-dollars`)
  const strangers = row.attempts.filter(
    ({ vendor_request_id: id }) => id !== null && !made.some(call => call.id === id),
  )
  if (strangers.length > 0) problem(found, 'wrong', `call ${tag} names a vendor's call that is not its own`)
  if (!isPossible(row)) problem(found, 'wrong', `call ${tag} is ${describe(row)}`)
  if (made.length === 0 && cost > 0n) {
    if (row.error_code === 'gateway_crashed') count(found, 'UNSEEN: crashed before the vendor read it')
    else if (isCutAtOnce(row)) count(found, 'UNSEEN: left before the vendor read it')
    else problem(found, 'wrong', `call ${tag} costs, and no vendor saw it: ${describe(row)}`)
  }
  if (row.error_code === 'gateway_crashed') weigh(row, made, found)
  else compareOwn(withoutEarlier(row, made, found), made, found)
}

function compareOwn(row: Row, made: Call[], found: Findings): void {
  if (row.usage_source === 'vendor' || row.usage_source === 'drained') compareFigures(row, made, found)
  else if (row.usage_source === 'vendor_partial') comparePartial(row, made, found)
  else if (row.usage_source === 'tokenizer') compareCounted(row, made, found)
}

/** The record less what it is billed for attempts before the last: of those the prompt, as it is counted. */
function withoutEarlier(row: Row, made: Call[], found: Findings): Row {
  const earlier = row.attempts.filter(({ cost_usd: cost }) => cost !== undefined)
  if (earlier.length === 0 || !row.usage) return row
  let prompts = 0n
  for (const { cost_usd: cost = '0', usage_source: source, vendor_request_id: id } of earlier) {
    const tokens = picoUsd(cost) / PICO_USD.input
    prompts += tokens
    const body = made.find(call => call.id === id)?.body
    count(found, 'billed beside the answer')
    if (source === 'tokenizer' && body && countCall(body, []).input !== Number(tokens))
      problem(found, 'wrong', `call ${row.shape.max_tokens} is billed ${tokens} tokens beside its answer`)
  }
  const usage = { ...row.usage, input_tokens: row.usage.input_tokens - Number(prompts) }
  const isNothing = usage.input_tokens === 0 && usage.output_tokens === 0
  return { ...row, usage, usage_source: isNothing ? null : ownSource(row) }
}

/** Of the last attempt, where the sum is of several sources. */
function ownSource({ usage_source: source, outcome }: Row): string | null {
  if (source !== 'mixed' || outcome === 'error') return source
  return outcome === 'ok' ? 'vendor' : 'drained'
}

/** The caller left while the request was on its way: nobody can say how far it has come, so the prompt is charged. */
function isCutAtOnce({ outcome, status, attempts, usage }: Row): boolean {
  return (
    outcome === 'cancelled' &&
    status === 499 &&
    attempts.at(-1)?.status === null &&
    usage?.output_tokens === 0
  )
}

/** Which outcome may stand beside which source of figures. */
function isPossible({ outcome, usage_source: source, error_code: code, status }: Row): boolean {
  if (outcome === 'ok') return isVendors(source) && status === 200 && code === null
  if (outcome === 'rejected') return source === null && code !== null && status >= 400
  if (outcome === 'cancelled') return code === null && (status === 200 || status === 499)
  if (code === 'gateway_crashed') return source === 'estimated' && status === 500
  return code !== null && source !== 'drained'
}

/** Its own figures, and perhaps those of attempts before it. */
const isVendors = (source: string | null) => source === 'vendor' || source === 'mixed'

function compareFigures(row: Row, made: Call[], found: Findings): void {
  const id = row.attempts.at(-1)?.vendor_request_id
  const bill = made.find(call => call.id === id)?.bill
  const { usage } = row
  count(found, 'compared to the token')
  const isExact =
    bill &&
    usage &&
    usage.input_tokens === bill.inputTokens &&
    usage.cached_input_tokens === bill.cachedInputTokens &&
    usage.output_tokens === bill.outputTokens &&
    usage.reasoning_tokens === bill.reasoningTokens
  if (isExact) return
  problem(
    found,
    'wrong',
    `call ${row.shape.max_tokens} is ${describe(row)}: ${JSON.stringify(usage)}, the vendor's bill ${JSON.stringify(bill)}`,
  )
}

/** Figures on the way are never more than the vendor's last ones. */
function comparePartial(row: Row, made: Call[], found: Findings): void {
  const bill = made.at(-1)?.bill
  if (bill && row.usage && row.usage.output_tokens <= bill.outputTokens) return
  problem(found, 'wrong', `call ${row.shape.max_tokens} is billed more than its vendor ever said`)
}

/** The prompt as it is counted, and no more output than the vendor had sent. */
function compareCounted({ shape, usage, stream }: Row, made: Call[], found: Findings): void {
  const call = made.at(-1)
  if (!call?.body || !usage) return
  const sent = stream ? sentText(call) : ''
  const { input, output } = countCall(call.body, [sent])
  // A word that the cut halves may take a token more than the whole.
  if (usage.input_tokens === input && usage.output_tokens <= output + 1) return
  problem(
    found,
    'wrong',
    `call ${shape.max_tokens} is counted ${JSON.stringify(usage)}, the vendor got ${input} and sent ${output} tokens`,
  )
}

/** How far the estimates of what died are from the bill. */
function weigh({ usage }: Row, made: Call[], found: Findings): void {
  count(found, 'ESTIMATED: output tokens recorded', usage?.output_tokens ?? 0)
  count(found, 'ESTIMATED: output tokens in the bill', made.at(-1)?.bill.outputTokens ?? 0)
}

function compareSeen(seen: Seen, kept: Row[], evidence: Evidence, found: Findings): void {
  const { plan, how, code } = seen
  count(found, `caller: ${how}${code === undefined ? '' : ` ${code}`}`)
  const [row] = kept
  for (const text of complaints(seen, row, evidence))
    problem(found, 'wrong', `caller ${plan.tag} (${plan.model}, ${how}): ${text}; recorded: ${describe(row)}`)
}

/** What a caller saw that the record does not bear out, or that nobody should see. */
function* complaints(seen: Seen, row: Row | undefined, evidence: Evidence): Generator<string> {
  const { plan, how } = seen
  const { destroyed } = evidence
  const isSpared = destroyed.ends.has(plan.tag)
  if (row && seen.requestId && row.request_id !== seen.requestId) yield 'was told another id'
  if (how === 'hung') yield 'got no end'
  else if (how === 'unconnected' && row) yield 'was never connected'
  else if (how === 'broken' && !mayBeCut(seen, row, evidence)) yield cutOff(seen, evidence.toldToEndAt(seen))
  else if (how === 'refused' && !REFUSALS.has(`${seen.status} ${seen.code}`))
    yield `got a ${seen.status} ${seen.code}`
  else if (how === 'whole' && !isSpared && !answerIsRecorded(seen, row)) yield JSON.stringify(seen.usage)
  else if (how === 'cut' && !isSpared && !errorIsRecorded(seen, row, destroyed)) yield `was told ${seen.code}`
}

/** A process that is killed says no word, nor does one that is gone already to who comes: one that is told to end answers who had asked. */
function mayBeCut(seen: Seen, row: Row | undefined, { wasKilled, toldToEndAt }: Evidence): boolean {
  const toldAt = toldToEndAt(seen) ?? Number.POSITIVE_INFINITY
  return (
    wasKilled(seen) || (row === undefined && seen.bytes === 0 && toldAt <= (seen.askedAt ?? seen.endedAt))
  )
}

function cutOff(seen: Seen, toldAt = Number.NaN): string {
  const { pid, bytes, status, askedAt = Number.NaN } = seen
  const [asked, told, closed] = [askedAt, toldAt, seen.endedAt].map(at => Math.round(at - seen.startedAt))
  return `was cut off by ${pid} without a word: asked after ${asked} ms, told to end after ${told}, closed after ${closed} and ${bytes} bytes (${status})`
}

/** Or the process died first: an error is told before its record is safe, so of its request there may be a beginning alone. */
function errorIsRecorded({ code, plan }: Seen, row: Row | undefined, { dispatches }: Destroyed): boolean {
  return row ? row.error_code === code || row.error_code === 'gateway_crashed' : dispatches.has(plan.tag)
}

/** What an infrastructure that fails may answer. */
const REFUSALS = new Set([
  '503 shutting_down',
  '503 store_unavailable',
  '503 usage_store_unavailable',
  '503 upstream_unavailable',
  '502 upstream_error',
  // A connection that does not come about in time: nothing was asked of that vendor.
  '504 upstream_timeout',
])

/** Whoever got the end was promised the record. */
function answerIsRecorded({ usage, plan }: Seen, row: Row | undefined): boolean {
  if (row?.outcome !== 'ok' || !isVendors(row.usage_source)) return false
  if (!usage) return plan.stream && !plan.includeUsage
  const isAlone = row.usage_source === 'vendor'
  return (
    (!isAlone || usage.prompt_tokens === row.usage?.input_tokens) &&
    usage.completion_tokens === row.usage?.output_tokens &&
    usage.cost_usd === Number(row.cost_usd)
  )
}

function costOf(usage: Figures): bigint {
  const plain = usage.input_tokens - usage.cached_input_tokens
  return (
    BigInt(plain) * PICO_USD.input +
    BigInt(usage.cached_input_tokens) * PICO_USD.cachedInput +
    BigInt(usage.output_tokens - usage.reasoning_tokens) * PICO_USD.output +
    BigInt(usage.reasoning_tokens) * PICO_USD.reasoning
  )
}

/** Whose call it is: what its caller sent as `max_tokens`. */
export function tagOfCall({ body }: Call): number | null {
  return body === null ? null : ((JSON.parse(body.toString()) as { max_tokens?: number }).max_tokens ?? null)
}

function describe(row: Row | undefined): string {
  if (!row) return 'nothing'
  return `${row.outcome} ${row.status} ${row.error_code} by ${row.usage_source}`
}

function tell(call: Call | undefined): string {
  return call ? `${call.model} ${call.ending}, ${call.tokens} tokens` : 'nothing'
}

function count(found: Findings, name: string, by = 1): void {
  found.counts[name] = (found.counts[name] ?? 0) + by
}

function problem(found: Findings, kind: string, text: string): void {
  count(found, `PROBLEM ${kind}`)
  found.problems.push(`${kind}: ${text}`)
}
