import { readFileSync } from 'node:fs'
import type { CredentialBody } from 'google-auth-library'
import type { Log } from '../lib/log'
import type { Vendor } from '../vendors/vendor'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
/** A token lives for an hour, and the library asks for the next one five minutes before its end. */
const LOOK_MS = 60_000
const RETRY_MS = 5_000

/** Asks for a token; the same one as long as it lives. */
export type TokenSource = () => Promise<string | null | undefined>

export interface GoogleTokensDeps {
  log: Log
  /** Of the service account in this file, or of what the machine is. */
  source: (credentialsFile: string | undefined) => Promise<TokenSource>
}

/**
 * Keeps the credential of each account at Google's cloud fresh: requests carry a token that lives for an hour. Until the
 * first one is there, and while none is to be had, the cloud refuses the account, and the next deployment is asked.
 */
export class GoogleTokens {
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()
  private isStopped = false
  private readonly deps: GoogleTokensDeps

  constructor(deps: GoogleTokensDeps) {
    this.deps = deps
  }

  start(vendors: readonly Vendor[]): void {
    for (const vendor of vendors)
      if (vendor.dialect === 'vertex' && vendor.google && vendor.credential === '')
        void this.keep(vendor, vendor.google.credentialsFile)
  }

  stop(): void {
    this.isStopped = true
    for (const timer of this.timers) clearTimeout(timer)
  }

  private async keep(vendor: Vendor, credentialsFile: string | undefined): Promise<void> {
    let source: TokenSource | undefined
    const look = async () => {
      const token = await ask().catch(() => undefined)
      if (token) vendor.credential = token
      else this.deps.log.warn('no token for an account at Google’s cloud', { vendor: vendor.name })
      this.later(() => void look(), token ? LOOK_MS : RETRY_MS)
    }
    // A file that is not there yet may come.
    const ask = async () => {
      source ??= await this.deps.source(credentialsFile)
      return source()
    }
    await look()
  }

  private later(run: () => void, delayMs: number): void {
    if (this.isStopped) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      run()
    }, delayMs)
    timer.unref()
    this.timers.add(timer)
  }
}

/** Google's own library; read only where such an account is configured. */
export async function googleSource(credentialsFile: string | undefined): Promise<TokenSource> {
  const { GoogleAuth } = await import('google-auth-library')
  const credentials: unknown =
    credentialsFile === undefined ? undefined : JSON.parse(readFileSync(credentialsFile, 'utf8'))
  const auth = new GoogleAuth({
    scopes: SCOPE,
    ...(credentials !== undefined && { credentials: credentials as CredentialBody }),
  })
  return () => auth.getAccessToken()
}
