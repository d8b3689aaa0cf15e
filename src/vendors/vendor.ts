/** Wire protocols that we know by name; one that `adapterOf` does not have yet can be configured but not called. */
export const DIALECTS = [
  'openai',
  'openai-compatible',
  'anthropic',
  'gemini',
  'vertex',
  'azure',
  'bedrock',
  'cohere',
  'openai-responses',
] as const
export type Dialect = (typeof DIALECTS)[number]

/** What happens to the vendor's stream when the caller leaves: close it, or read on for its usage. */
export type OnDisconnect = 'abort' | 'drain'

/** In seconds; each bounds one phase of a call. */
export interface Timeouts {
  connect: number
  firstEvent: number
  silence: number
  total: number
}

/** A fact sheet of a vendor that we ship: one line of `catalog/vendors.ts`. */
export interface VendorFacts {
  name: string
  dialect: Dialect
  /** The dialect is spoken to the letter, so that bytes can pass through untouched. */
  conforms: boolean
  baseUrl: string
  /** The environment variable that switches this vendor on; absent for those that need no key. */
  keyVariable?: string
  onDisconnect: OnDisconnect
}

/** A configured account at a vendor: what a request is sent with. */
export interface Vendor {
  name: string
  /** The built-in vendor that it is, where its name is another one: what is known of that is known of this. */
  kin?: string
  dialect: Dialect
  conforms: boolean
  /** What stands before the resource path, without a trailing slash. */
  baseUrl: string
  /** Of dialect azure. */
  apiVersion?: string
  /** Our secret. Never in a log, an error or a table. */
  credential: string
  headers: Record<string, string>
  onDisconnect: OnDisconnect
  timeouts: Timeouts
  /** How it is reached; left out: by our own client. */
  transport?: 'fetch'
  /** What requests are signed with, at a vendor that wants that instead of a credential. */
  aws?: AwsAccount
  google?: GoogleAccount
}

/** Where an account's models are, at Google's cloud. */
export interface GoogleAccount {
  project: string
  location: string
  /** Of the service account that tokens are asked for with; absent: what the machine itself is, or a token that was configured. */
  credentialsFile?: string
}

/** Secrets like `credential`, but for the region. */
export interface AwsAccount {
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 5, firstEvent: 600, silence: 600, total: 3600 }
