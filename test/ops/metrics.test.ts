import { afterAll, beforeAll, expect, test } from 'bun:test'
import { counter, histogram } from '../../src/ops/series'
import type { UsageRecord } from '../../src/usage/record'
import { ADMIN_KEY } from '../admin/start-management'
import { auditRow } from '../db/rows'
import { type Site, startSite } from './start-site'

let site: Site
const scrape = (headers: Record<string, string> = { authorization: `Bearer ${ADMIN_KEY}` }) =>
  fetch(`${site.url}/metrics`, { headers })
/** The samples whose name begins so, by name and labels. */
async function samples(prefix: string): Promise<Record<string, number>> {
  const lines = (await (await scrape()).text()).split('\n').filter(line => line.startsWith(prefix))
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}
const record = (change: Partial<UsageRecord>): UsageRecord =>
  auditRow({ modelRequested: 'm-alias', ...change })

beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.stop())

test('counts requests, tokens, cost, attempts and times', async () => {
  site.metrics.observe(record({ costPicoUsd: 1_500_000_000n }))
  site.metrics.observe(record({ costPicoUsd: 1_000_000_000n, outcome: 'error', status: 502 }))
  const labels = 'endpoint="chat.completions",vendor="acme",model="m"'
  expect(await samples('callmissed_requests_total')).toEqual({
    [`callmissed_requests_total{${labels},outcome="ok",status="2xx"}`]: 1,
    [`callmissed_requests_total{${labels},outcome="error",status="5xx"}`]: 1,
  })
  expect(await samples('callmissed_tokens_total')).toEqual({
    'callmissed_tokens_total{vendor="acme",model="m",kind="input"}': 1624,
    'callmissed_tokens_total{vendor="acme",model="m",kind="cached_input"}': 1024,
    'callmissed_tokens_total{vendor="acme",model="m",kind="cache_write"}': 2,
    'callmissed_tokens_total{vendor="acme",model="m",kind="output"}': 128,
    'callmissed_tokens_total{vendor="acme",model="m",kind="reasoning"}': 6,
  })
  expect(Object.values(await samples('callmissed_cost_usd_total'))[0]).toBeCloseTo(0.0025, 12)
  expect(await samples('callmissed_attempts_total')).toEqual({
    'callmissed_attempts_total{vendor="acme",status="2xx"}': 2,
  })
  const first = await samples('callmissed_time_to_first_token_seconds')
  expect(first['callmissed_time_to_first_token_seconds_bucket{le="0.35",vendor="acme",model="m"}']).toBe(0)
  expect(first['callmissed_time_to_first_token_seconds_bucket{le="0.5",vendor="acme",model="m"}']).toBe(2)
  expect(
    (await samples('callmissed_request_duration_seconds_sum'))[
      'callmissed_request_duration_seconds_sum{vendor="acme",model="m"}'
    ],
  ).toBeCloseTo(3.786)
  expect(
    (await samples('callmissed_overhead_seconds_count'))[
      'callmissed_overhead_seconds_count{endpoint="chat.completions"}'
    ],
  ).toBe(2)
})

test('counts answers whose vendor told figures that cannot be, and says so', async () => {
  const rawUsage = { prompt_tokens: -1 }
  expect(site.metrics.observe(record({ rawUsage, usageSource: 'tokenizer' }))).toBe(true)
  expect(site.metrics.observe(record({ rawUsage, usageSource: 'estimated' }))).toBe(true)
  expect(site.metrics.observe(record({ rawUsage, usageSource: 'vendor_partial' }))).toBe(false)
  expect(site.metrics.observe(record({ usageSource: 'tokenizer' }))).toBe(false)
  expect(await samples('callmissed_usage_refused_total')).toEqual({
    'callmissed_usage_refused_total{vendor="acme"}': 2,
  })
})

test('a caller cannot make series: what is no model of the catalog is one and the same', async () => {
  for (let index = 0; index < 50; index++)
    site.metrics.observe(
      record({
        modelRequested: `invented-${index}`,
        vendor: null,
        model: null,
        outcome: 'rejected',
        status: 404,
        attempts: [],
      }),
    )
  site.metrics.observe(
    record({ modelRequested: null, vendor: null, outcome: 'rejected', status: 400, attempts: [] }),
  )
  const rejected = Object.entries(await samples('callmissed_requests_total')).filter(([name]) =>
    name.includes('rejected'),
  )
  expect(rejected).toEqual([
    [
      'callmissed_requests_total{endpoint="chat.completions",vendor="none",model="other",outcome="rejected",status="4xx"}',
      50,
    ],
    [
      'callmissed_requests_total{endpoint="chat.completions",vendor="none",model="none",outcome="rejected",status="4xx"}',
      1,
    ],
  ])
})

test('counts what was refused before any vendor was asked by its code, and nothing else there', async () => {
  for (const errorCode of ['insufficient_quota', 'idempotency_mismatch', 'insufficient_quota'])
    site.metrics.observe(record({ errorCode, outcome: 'rejected', status: 429, vendor: null, attempts: [] }))
  site.metrics.observe(record({ errorCode: 'upstream_error', outcome: 'error', status: 502 }))
  expect(await samples('callmissed_rejections_total')).toEqual({
    'callmissed_rejections_total{code="insufficient_quota"}': 2,
    'callmissed_rejections_total{code="idempotency_mismatch"}': 1,
  })
})

test('every metric is told in the docs, and no other', async () => {
  site.metrics.observe(record({}))
  const text = await (await scrape()).text()
  const names = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `\`${name}\` | ${type}`)
  const docs = await Bun.file('docs/metrics.md').text()
  const told = [...docs.matchAll(/^\| (`\w+`) +\| (\w+)/gm)].map(([, name, type]) => `${name} | ${type}`)
  expect(told.toSorted()).toEqual(names.toSorted())
})

test('looks up what stands at the moment, and counts strangers', async () => {
  site.metrics.countStranger()
  expect(await samples('callmissed_')).toMatchObject({
    callmissed_strangers_total: 1,
    callmissed_requests_in_flight: 3,
    callmissed_usage_backlog_bytes: 1400,
    callmissed_usage_oldest_seconds: 0.25,
    callmissed_spool_bytes: 16777216,
    callmissed_spool_room_bytes: 1000000,
    callmissed_memory_limit_bytes: 2000000,
    callmissed_deployments_cooling: 1,
    callmissed_budget_slices: 2,
    callmissed_budget_waiters: 5,
    'callmissed_limit_refusals_total{limit="rpm"}': 7,
    'callmissed_limit_refusals_total{limit="tpm"}': 8,
    'callmissed_limit_refusals_total{limit="concurrency"}': 0,
    callmissed_budget_turns_total: 11,
    callmissed_replays_total: 12,
    callmissed_replay_waits_total: 13,
    callmissed_keys: 0,
  })
  const { process_resident_memory_bytes: memory, process_cpu_seconds_total: cpu } = await samples('process_')
  expect(memory).toBeGreaterThan(10_000_000)
  expect(cpu).toBeGreaterThan(0)
})

test('needs the admin key, and names no tenant and no key (T100)', async () => {
  expect((await scrape({})).status).toBe(401)
  const tenant = (await site.management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  const { key, id } = (await site.management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' }))
    .json
  expect((await scrape({ authorization: `Bearer ${key}` })).status).toBe(403)
  site.metrics.observe(record({ tenantId: tenant, keyId: id }))
  const response = await scrape()
  expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
  const text = await response.text()
  for (const secret of [tenant, id, key]) expect(text).not.toContain(secret)
})

test('a sample is found again by its labels, whose values are escaped', () => {
  const counts = counter('c_total', 'Some.', ['a', 'b'])
  counts.cell('x"\\\n', '1').value += 2
  counts.cell('x"\\\n', '1').value += 1
  expect(counts.text()).toBe('# HELP c_total Some.\n# TYPE c_total counter\nc_total{a="x\\"\\\\\\n",b="1"} 3')
})

test('a value counts in its own bucket and in every larger one; a bound is part of its bucket', () => {
  const times = histogram('t', 'Times.', [0.1, 1], ['a'])
  for (const seconds of [0.1, 0.5, 1, 7]) times.cell('x').observe(seconds)
  expect(times.text().split('\n').slice(2)).toEqual([
    't_bucket{le="0.1",a="x"} 1',
    't_bucket{le="1",a="x"} 3',
    't_bucket{le="+Inf",a="x"} 4',
    't_sum{a="x"} 8.6',
    't_count{a="x"} 4',
  ])
})
