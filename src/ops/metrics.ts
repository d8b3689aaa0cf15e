import { Counter, Histogram, Registry } from 'prom-client'
import { PICO_PER_USD } from '../lib/money'
import type { UsageRecord } from '../usage/record'
import { addGauges, type Gauges } from './gauges'

export interface MetricsDeps {
  /** The catalog's id of what a caller asked for; a caller must not be able to make new labels. */
  publicModel: (asked: string) => string | undefined
  gauges: Gauges
}

/** Models take from tens of milliseconds to minutes. */
const MODEL_SECONDS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40, 80, 160, 320, 640]
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5]
/** No vendor was asked. */
const NONE = 'none'
/** A model that the catalog does not have, whatever it was called. */
const OTHER = 'other'

/**
 * What Prometheus is told. No tenant and no key is a label, and models and vendors are those of the configuration, so the
 * number of series is bounded by it.
 */
export class Metrics {
  private readonly registry = new Registry()
  private readonly series = createSeries(this.registry)
  private readonly publicModel: MetricsDeps['publicModel']

  constructor({ publicModel, gauges }: MetricsDeps) {
    this.publicModel = publicModel
    addGauges(this.registry, gauges)
  }

  /** Counts one finished request. */
  observe(record: UsageRecord): void {
    const { requests, attempts, overhead } = this.series
    const { endpoint, outcome } = record
    const model = this.modelOf(record)
    const status = statusClass(record.status)
    requests.inc({ endpoint, vendor: record.vendor ?? NONE, model, outcome, status })
    overhead.observe({ endpoint }, record.overheadMs / 1000)
    for (const attempt of record.attempts)
      attempts.inc({ vendor: attempt.vendor, status: statusClass(attempt.status) })
    if (record.vendor !== null) this.observeAnswer(record, record.vendor, model)
  }

  /** Counts a request whose key is none of ours; nothing else is kept of it. */
  countStranger(): void {
    this.series.strangers.inc()
  }

  get contentType(): string {
    return this.registry.contentType
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics()
  }

  private observeAnswer(record: UsageRecord, vendor: string, model: string): void {
    const { duration, firstToken, cost, tokens } = this.series
    duration.observe({ vendor, model }, record.durationMs / 1000)
    if (record.ttftMs !== null) firstToken.observe({ vendor, model }, record.ttftMs / 1000)
    if (record.costPicoUsd > 0n)
      cost.inc({ vendor, model }, Number(record.costPicoUsd) / Number(PICO_PER_USD))
    for (const [kind, count] of tokenKinds(record)) if (count > 0) tokens.inc({ vendor, model, kind }, count)
  }

  private modelOf({ modelRequested }: UsageRecord): string {
    if (modelRequested === null) return NONE
    return this.publicModel(modelRequested) ?? OTHER
  }
}

function createSeries(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `callmissed_${name}`, help, labelNames, registers: [registry] })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[],
  ) => new Histogram({ name: `callmissed_${name}`, help, buckets, labelNames, registers: [registry] })
  const answered = ['vendor', 'model'] as ('vendor' | 'model')[]
  return {
    requests: counter('requests_total', 'Requests to billable routes with a key of ours.', [
      'endpoint',
      ...answered,
      'outcome',
      'status',
    ]),
    tokens: counter('tokens_total', 'Tokens; input has the cached ones, output the reasoning.', [
      ...answered,
      'kind',
    ]),
    cost: counter('cost_usd_total', 'Dollars, approximately: the audit records are exact.', answered),
    attempts: counter('attempts_total', 'Calls to vendors.', ['vendor', 'status']),
    strangers: counter('strangers_total', 'Requests whose key is none of ours.', []),
    firstToken: histogram('time_to_first_token_seconds', 'Until the first token.', MODEL_SECONDS, answered),
    duration: histogram('request_duration_seconds', 'Until the last byte.', MODEL_SECONDS, answered),
    overhead: histogram('overhead_seconds', 'The gateway’s own share of a request.', OVERHEAD_SECONDS, [
      'endpoint',
    ]),
  }
}

function tokenKinds({ usage }: UsageRecord): [kind: string, count: number][] {
  if (!usage) return []
  return [
    ['input', usage.inputTokens],
    ['cached_input', usage.cachedInputTokens],
    ['cache_write', usage.cacheWriteTokens],
    ['output', usage.outputTokens],
    ['reasoning', usage.reasoningTokens],
  ]
}

/** `2xx`; `none` where no answer came. */
function statusClass(status: number | null): string {
  return status === null ? NONE : `${Math.floor(status / 100)}xx`
}
