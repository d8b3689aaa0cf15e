import { aborts } from './rows/abort.ts'
import { jsonConnections, jsonCpu, jsonLarge } from './rows/json-cpu.ts'
import { jsonLatency } from './rows/json-latency.ts'
import { jsonTls } from './rows/json-tls.ts'
import { limited } from './rows/limited.ts'
import { manyKeys } from './rows/many-keys.ts'
import { memory } from './rows/memory.ts'
import { records } from './rows/records.ts'
import { soak } from './rows/soak.ts'
import { streams } from './rows/streams.ts'
import { translated } from './rows/translated.ts'
import { usageCpu, usageEnd } from './rows/usage.ts'
import { usageOutage } from './rows/usage-outage.ts'
import { workers } from './rows/workers.ts'
import type { Scenario } from './scenario.ts'

/** Everything that is measured, in the order of the table. A new row is a file in `rows/` and its line here. */
export const SCENARIOS: Scenario[] = [
  jsonCpu,
  streams({ name: 'stream-300', streams: 300, paceMs: 10, chunks: 200, bars: { cpuUs: 1.5 } }),
  streams({
    name: 'stream-64',
    streams: 64,
    paceMs: 20,
    chunks: 100,
    bars: { ttftP50Ms: 0.3, ttftP99Ms: 1, transitP50Ms: 0.1, transitP99Ms: 1 },
  }),
  translated,
  ...[1, 16, 64, 256].map(jsonLatency),
  limited,
  jsonConnections,
  jsonTls,
  ...jsonLarge,
  records,
  ...usageCpu,
  usageEnd,
  usageOutage,
  memory,
  // Long ones: with short ones a thousand openings a second would be measured instead.
  streams({ name: 'stream-5000', streams: 5_000, paceMs: 200, chunks: 100, once: true }),
  ...aborts,
  workers,
  manyKeys,
  soak,
]
