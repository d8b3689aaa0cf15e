import type { Caller } from '../auth/caller'
import { assertModel, permit } from '../auth/permit'
import { GatewayError } from '../errors'
import type { Ticking } from '../lib/ticker'
import { resolve } from '../routing/resolve'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { SCOPE_OF } from './endpoint-scope'

type Deps = Pick<GatewayDeps, 'keyring' | 'live' | 'clock' | 'ticker' | 'catalog' | 'log'>

/** How often the clock is looked at: a key that expires is noticed so late at most. */
const LOOK_MS = 250

/**
 * Cuts the requests whose key may not go on: revoked, expired, or no longer allowed what they do. Looks at once when any
 * key changes, and four times a second for those that expire. Works for as long as the process does.
 */
export function watchKeys(deps: Deps): void {
  const watch = new KeyWatch(deps)
  deps.ticker.add(watch)
  deps.keyring.onChange(() => watch.lookSoon())
}

class KeyWatch implements Ticking {
  private lookedAt = 0
  private isDue = false
  /** Keys that memory has lost, and the store is being asked for. */
  private readonly asked = new Set<string>()
  private readonly deps: Deps

  constructor(deps: Deps) {
    this.deps = deps
  }

  tick(now: number): void {
    if (now - this.lookedAt < LOOK_MS) return
    this.lookedAt = now
    this.look()
  }

  /** Many keys may change in one go: one look is enough for all of them. */
  lookSoon(): void {
    if (this.isDue || this.deps.live.size === 0) return
    this.isDue = true
    setImmediate(() => {
      this.isDue = false
      this.look()
    })
  }

  private look(): void {
    const date = this.deps.clock.date()
    for (const call of this.deps.live) if (call.caller && !call.left && !call.stopped) this.judge(call, date)
  }

  private judge(call: Call, date: number): void {
    const { caller } = call
    if (!caller) return
    const current = this.deps.keyring.known(caller.hash)
    if (!current) void this.ask(caller)
    else if (current !== caller || (caller.expiresAt !== null && date >= caller.expiresAt)) {
      call.caller = current
      const refusal = this.refusal(call, current, date)
      if (refusal) call.cut(refusal)
    }
  }

  /** Why this key may not do what it does; undefined if it may. */
  private refusal(call: Call, caller: Caller, date: number): GatewayError | undefined {
    try {
      permit(caller, SCOPE_OF[call.endpoint], date)
      if (call.modelRequested !== null)
        assertModel(caller, resolve(call.modelRequested, this.deps.catalog).model.id)
      return undefined
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      // A name that was cut for its record names nothing; it was judged whole when the request began.
      return error.code === 'model_not_found' ? undefined : error
    }
  }

  /** Memory may have lost a key by mistake, and a store that is away says nothing against it. */
  private async ask({ hash, keyId }: Caller): Promise<void> {
    if (this.asked.has(hash)) return
    this.asked.add(hash)
    try {
      if (!(await this.deps.keyring.lookUp(hash))) this.cutAll(hash)
    } catch {
      this.deps.log.warn('a key of a request under way could not be read again', { keyId })
    } finally {
      this.asked.delete(hash)
    }
  }

  private cutAll(hash: string): void {
    for (const call of this.deps.live)
      if (call.caller?.hash === hash && !call.left)
        call.cut(new GatewayError('key_revoked', 'This API key was revoked.'))
  }
}
