import { Registry } from 'prom-client'
import { PICO_PER_USD } from '../lib/money'
import type { Attempt, UsageRecord } from '../usage/record'
import { addGauges, type Gauges } from './gauges'
import { type Count, counter, type Distribution, histogram } from './series'
import { addTallies, type Tallies } from './tallies'

export interface MetricsDeps {
  /** The catalog's id of what a caller asked for; a caller must not be able to make new labels. */
  publicModel: (asked: string) => string | undefined
  gauges: Gauges
  tallies: Tallies
}

/** Models take from tens of milliseconds to minutes. */
const MODEL_SECONDS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40, 80, 160, 320, 640]
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5]
/** No vendor was asked. */
const NONE = 'none'
/** A model that the catalog does not have, whatever it was called. */
const OTHER = 'other'
/** Stands in no name. */
const SEPARATOR = '\0'

/** What requests of one kind count in. */
interface Cells {
  requests: Count
  overhead: Distribution
  /** Undefined where no vendor was asked. */
  answer: AnswerCells | undefined
}

interface AnswerCells {
  duration: Distribution
  firstToken: Distribution
  cost: Count
  input: Count
  cachedInput: Count
  cacheWrite: Count
  output: Count
  reasoning: Count
}

/**
 * What Prometheus is told. No tenant and no key is a label, and models and vendors are those of the configuration, so the
 * number of series is bounded by it.
 */
export class Metrics {
  private readonly registry = new Registry()
  private readonly families = createFamilies()
  private readonly strangers = this.families.strangers.cell()
  private readonly cells = new Map<string, Cells>()
  private readonly attempts = new Map<string, Count>()
  private readonly refused = new Map<string, Count>()
  private readonly rejections = new Map<string, Count>()
  private readonly publicModel: MetricsDeps['publicModel']

  constructor({ publicModel, gauges, tallies }: MetricsDeps) {
    this.publicModel = publicModel
    addGauges(this.registry, gauges)
    addTallies(this.registry, tallies)
  }

  /** Counts one finished request. True if its vendor told figures that were not taken over. */
  observe(record: UsageRecord): boolean {
    const { requests, overhead, answer } = this.cellsOf(record)
    requests.value++
    overhead.observe(record.overheadMs / 1000)
    for (const attempt of record.attempts) this.attemptsLike(attempt).value++
    if (answer) observeAnswer(record, answer)
    if (record.outcome === 'rejected' && record.errorCode !== null) this.rejectedBy(record.errorCode).value++
    const isRefused = areFiguresRefused(record)
    if (isRefused) this.refusalsOf(record.vendor ?? NONE).value++
    return isRefused
  }

  /** Counts a request whose key is none of ours; nothing else is kept of it. */
  countStranger(): void {
    this.strangers.value++
  }

  get contentType(): string {
    return this.registry.contentType
  }

  /** Everything, in Prometheus' text format. */
  async text(): Promise<string> {
    const counted = Object.values(this.families).map(family => family.text())
    return [...counted, await this.registry.metrics()].join('\n\n')
  }

  private cellsOf(record: UsageRecord): Cells {
    const { endpoint, outcome, vendor } = record
    const model = this.modelOf(record)
    const status = statusClass(record.status)
    const key =
      endpoint + SEPARATOR + (vendor ?? '') + SEPARATOR + model + SEPARATOR + outcome + SEPARATOR + status
    let cells = this.cells.get(key)
    if (cells === undefined) {
      const { requests, overhead } = this.families
      cells = {
        requests: requests.cell(endpoint, vendor ?? NONE, model, outcome, status),
        overhead: overhead.cell(endpoint),
        answer: vendor === null ? undefined : this.answerCells(vendor, model),
      }
      this.cells.set(key, cells)
    }
    return cells
  }

  private answerCells(vendor: string, model: string): AnswerCells {
    const { duration, firstToken, cost, tokens } = this.families
    return {
      duration: duration.cell(vendor, model),
      firstToken: firstToken.cell(vendor, model),
      cost: cost.cell(vendor, model),
      input: tokens.cell(vendor, model, 'input'),
      cachedInput: tokens.cell(vendor, model, 'cached_input'),
      cacheWrite: tokens.cell(vendor, model, 'cache_write'),
      output: tokens.cell(vendor, model, 'output'),
      reasoning: tokens.cell(vendor, model, 'reasoning'),
    }
  }

  private attemptsLike({ vendor, status }: Attempt): Count {
    const answered = statusClass(status)
    const key = vendor + SEPARATOR + answered
    let count = this.attempts.get(key)
    if (count === undefined) {
      count = this.families.attempts.cell(vendor, answered)
      this.attempts.set(key, count)
    }
    return count
  }

  /** Codes are the gateway's own, and few: a request that reached no vendor has no other. */
  private rejectedBy(code: string): Count {
    let count = this.rejections.get(code)
    if (count === undefined) {
      count = this.families.rejected.cell(code)
      this.rejections.set(code, count)
    }
    return count
  }

  private refusalsOf(vendor: string): Count {
    let count = this.refused.get(vendor)
    if (count === undefined) {
      count = this.families.refused.cell(vendor)
      this.refused.set(vendor, count)
    }
    return count
  }

  private modelOf({ modelRequested }: UsageRecord): string {
    if (modelRequested === null) return NONE
    return this.publicModel(modelRequested) ?? OTHER
  }
}

/** The vendor told something of usage, and it was counted or guessed here all the same: it cannot have been. */
function areFiguresRefused({ rawUsage, usageSource }: UsageRecord): boolean {
  return rawUsage !== undefined && (usageSource === 'tokenizer' || usageSource === 'estimated')
}

function observeAnswer(record: UsageRecord, cells: AnswerCells): void {
  const { usage, ttftMs, durationMs, costPicoUsd } = record
  cells.duration.observe(durationMs / 1000)
  if (ttftMs !== null) cells.firstToken.observe(ttftMs / 1000)
  cells.cost.value += Number(costPicoUsd) / Number(PICO_PER_USD)
  if (!usage) return
  cells.input.value += usage.inputTokens
  cells.cachedInput.value += usage.cachedInputTokens
  cells.cacheWrite.value += usage.cacheWriteTokens
  cells.output.value += usage.outputTokens
  cells.reasoning.value += usage.reasoningTokens
}

function createFamilies() {
  const answered = ['vendor', 'model'] as const
  return {
    requests: counter('callmissed_requests_total', 'Requests to billable routes with a key of ours.', [
      'endpoint',
      ...answered,
      'outcome',
      'status',
    ]),
    tokens: counter('callmissed_tokens_total', 'Tokens; input has the cached ones, output the reasoning.', [
      ...answered,
      'kind',
    ]),
    cost: counter(
      'callmissed_cost_usd_total',
      'Dollars, approximately: the audit records are exact.',
      answered,
    ),
    attempts: counter('callmissed_attempts_total', 'Calls to vendors.', ['vendor', 'status']),
    rejected: counter(
      'callmissed_rejections_total',
      'Requests that were refused before any vendor was asked, by the code of their error.',
      ['code'],
    ),
    refused: counter(
      'callmissed_usage_refused_total',
      'Answers whose vendor told figures that cannot be: ours are billed instead.',
      ['vendor'],
    ),
    strangers: counter('callmissed_strangers_total', 'Requests whose key is none of ours.', []),
    firstToken: histogram(
      'callmissed_time_to_first_token_seconds',
      'Until the first token.',
      MODEL_SECONDS,
      answered,
    ),
    duration: histogram(
      'callmissed_request_duration_seconds',
      'Until the last byte.',
      MODEL_SECONDS,
      answered,
    ),
    overhead: histogram(
      'callmissed_overhead_seconds',
      'The gateway’s own share of a request.',
      OVERHEAD_SECONDS,
      ['endpoint'],
    ),
  }
}

const STATUS_CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx']

/** `2xx`; `none` where no answer came. */
function statusClass(status: number | null): string {
  return status === null ? NONE : (STATUS_CLASSES[Math.floor(status / 100)] ?? OTHER)
}
