import { Counter, Gauge, type Registry } from 'prom-client'
import { MEMORY_SHARE_PERCENT } from '../lib/memory-share'

/** What stands at the moment; each is looked up when it is asked for. */
export interface Gauges {
  requestsInFlight: () => number
  usageBacklogBytes: () => number
  usageOldestSeconds: () => number
  spoolBytes: () => number
  spoolRoomBytes: () => number
  memoryLimitBytes: () => number
  coolingDeployments: () => number
  budgetSlices: () => number
  budgetWaiters: () => number
  keys: () => number
}

/** Adds the figures that are no sums of requests: what is in flight, in memory, and what the process itself takes. */
export function addGauges(registry: Registry, gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number) => {
    // It registers itself.
    new Gauge({ name, help, registers: [registry], collect: looking(read) })
  }
  gauge(
    'callmissed_requests_in_flight',
    'Requests that were admitted and have not ended.',
    gauges.requestsInFlight,
  )
  gauge(
    'callmissed_usage_backlog_bytes',
    'Records that are on this disk and not in the database yet.',
    gauges.usageBacklogBytes,
  )
  gauge(
    'callmissed_usage_oldest_seconds',
    'How long the oldest record that is not in the database has waited, at most.',
    gauges.usageOldestSeconds,
  )
  gauge('callmissed_spool_bytes', 'What the spool takes on this disk.', gauges.spoolBytes)
  gauge(
    'callmissed_spool_room_bytes',
    'What the spool may still take until new requests are refused.',
    gauges.spoolRoomBytes,
  )
  gauge(
    'callmissed_deployments_cooling',
    'Deployments that are set aside after failures.',
    gauges.coolingDeployments,
  )
  gauge('callmissed_budget_slices', 'Slices of budgets that this process holds.', gauges.budgetSlices)
  gauge(
    'callmissed_budget_waiters',
    'Requests that wait for the database’s word on a budget.',
    gauges.budgetWaiters,
  )
  gauge('callmissed_keys', 'Keys in memory, revoked ones too.', gauges.keys)
  gauge(
    'callmissed_memory_limit_bytes',
    `What this process may take of memory; beyond ${MEMORY_SHARE_PERCENT} % of it requests are taken one at a time.`,
    gauges.memoryLimitBytes,
  )
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('process_start_time_seconds', 'When the process started, since 1970.', () => startedAtSeconds)
  addCpu(registry)
}

const startedAtSeconds = Math.round(performance.timeOrigin / 1000)

function addCpu(registry: Registry): void {
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
}

function looking(read: () => number) {
  return function collect(this: Gauge) {
    this.set(read())
  }
}
