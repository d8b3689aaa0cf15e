import type { Model } from '../catalog/model'
import type { LogLevel } from '../lib/log'
import type { Vendor } from '../vendors/vendor'

export type UsageDurability = 'sync' | 'async'

/** Everything that the process is told from outside, checked once; nothing else reads the environment. */
export interface Config {
  /** 0 takes a free port. */
  port: number
  host: string
  /** Processes that share the port; auto: one a core. */
  workers: number | 'auto'
  /** Undefined: the embedded database. */
  databaseUrl: string | undefined
  /** The role that migrates; `databaseUrl` where no other is named. */
  migrateDatabaseUrl: string | undefined
  /** Absolute. */
  dataDir: string
  adminKey: string | undefined
  /** Extra names accepted in `Host`, lower case; `*` takes every well-formed one. */
  allowedHosts: readonly string[]
  /** Whether the built-in demo vendor is there: no other vendor is configured, or DEMO=1. */
  demo: boolean
  /** sync: a usage record is on disk before the last bytes of its answer leave; async: within 100 ms. */
  usageDurability: UsageDurability
  /** Whole months before this one whose records are kept; undefined: all. */
  usageRetentionMonths: number | undefined
  shutdownGraceMs: number
  maxJsonBytes: number
  maxUploadBytes: number
  corsOrigins: readonly string[]
  auditMetadata: boolean
  metricsPublic: boolean
  logLevel: LogLevel
  /** Configured accounts, those of the environment and of the file. */
  vendors: readonly Vendor[]
  /** Built-in models, then those of the file: later ones override. */
  models: readonly Model[]
  /** What the start says besides: a vendor whose dialect cannot be called yet, a file that was read … */
  notices: readonly string[]
}
