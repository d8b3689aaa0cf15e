import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startGateway, startProcess } from '../boot/start-process'
import { writeChaosConfig } from './models'

/** One life of one gateway process. */
export interface Life {
  slot: number
  pid: number
  url: string
  /** When it was killed, on `performance.now()`; undefined while it lives or if it ended by itself. */
  killedAt: number | undefined
  /** When it was told to end. */
  endedAt: number | undefined
  isServing: boolean
  stderr(): string
}

export interface GatewaysOptions {
  dataDir: string
  vendorUrl: string
  /** Undefined: the embedded database, and one process. */
  databaseUrl: string | undefined
  slots: number
}

export const ADMIN_KEY = 'cm_adm_of_the_chaos_0123456789abcdefghijkl'
const GRACE_SECONDS = 2
/** No start and no end takes so long, on however busy a machine. */
const PATIENCE_MS = 300_000

/** The gateway processes: they share a data folder, so what one leaves when it dies the other can adopt. */
export class Gateways {
  readonly lives: Life[] = []
  private readonly current: (Life | undefined)[]
  private readonly processes = new Map<Life, Awaited<ReturnType<typeof startGateway>>>()
  private readonly env: Record<string, string>
  readonly options: GatewaysOptions

  constructor(options: GatewaysOptions) {
    this.options = options
    this.current = Array.from({ length: options.slots }, () => undefined)
    this.env = {
      CALLMISSED_ADMIN_KEY: ADMIN_KEY,
      SHUTDOWN_GRACE_SECONDS: `${GRACE_SECONDS}`,
      ...(options.databaseUrl && { DATABASE_URL: options.databaseUrl }),
    }
  }

  get spools(): string {
    return join(this.options.dataDir, 'spool')
  }

  get serving(): Life[] {
    return this.current.filter(life => life?.isServing).map(life => life!)
  }

  async prepare(): Promise<void> {
    mkdirSync(this.options.dataDir, { recursive: true })
    await writeChaosConfig(dirname(this.options.dataDir), this.options.vendorUrl)
  }

  at(slot: number): Life | undefined {
    return this.current[slot]
  }

  async start(slot: number): Promise<Life> {
    const gateway = await startGateway(this.options.dataDir, { env: this.env, patienceMs: PATIENCE_MS })
    const life = { ...gateway, slot, killedAt: undefined, endedAt: undefined, isServing: true }
    this.lives.push(life)
    this.current[slot] = life
    this.processes.set(life, gateway)
    return life
  }

  /** Begins a start and kills it before it serves: in the middle of what it recovers, perhaps. */
  async startAndKill(afterMs: number): Promise<void> {
    const starting = startProcess(this.options.dataDir, { env: this.env, patienceMs: PATIENCE_MS })
    await Bun.sleep(afterMs)
    starting.signal('SIGKILL')
    await starting.ended()
  }

  async kill(life: Life): Promise<void> {
    life.isServing = false
    life.killedAt = performance.now()
    const gateway = this.processes.get(life)
    gateway?.signal('SIGKILL')
    await gateway?.ended()
  }

  /** SIGTERM; its exit code. */
  async end(life: Life): Promise<number | null> {
    life.isServing = false
    life.endedAt = performance.now()
    const gateway = this.processes.get(life)
    gateway?.signal('SIGTERM')
    return (await gateway?.ended(PATIENCE_MS)) ?? null
  }

  /** Kills all of them; one that was only starting ends with this process. */
  async close(): Promise<void> {
    await Promise.all(this.serving.map(life => this.kill(life)))
  }
}
