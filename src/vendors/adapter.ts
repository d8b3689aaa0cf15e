import type { Pieces } from '../lib/pieces'
import type { ChatRequest } from '../wire/chat-request'
import type { JsonRequest } from '../wire/json-request'
import type { Edit } from '../wire/splice'
import type { Usage } from '../wire/usage'
import { anthropic } from './anthropic/adapter'
import { azure } from './azure'
import { bedrock } from './bedrock/adapter'
import { cohere } from './cohere/adapter'
import { compatible } from './compatible/adapter'
import { FAMILY, UNKNOWN } from './compatible/family'
import { gemini } from './gemini/adapter'
import { openai } from './openai/adapter'
import { openaiResponses } from './openai-responses/adapter'
import type { Translation } from './translation'
import type { Vendor } from './vendor'
import type { VendorError } from './vendor-error'
import { vertex } from './vertex/adapter'

/** A request as it goes to a vendor. */
export interface UpstreamRequest {
  url: string
  headers: Record<string, string>
  body: Uint8Array
}

/** The same where the caller's own bytes are in it, and need not be copied. */
export interface PassedRequest extends Omit<UpstreamRequest, 'body'> {
  body: Uint8Array | Pieces
}

/** The same where the body may still be arriving. */
export interface OutgoingRequest extends Omit<UpstreamRequest, 'body'> {
  body: Uint8Array | Pieces | StreamedBody
}

/** A body that goes out while it arrives, or from a disk. It is iterated once; whoever stops early returns the iterator. */
export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /** Its length where that is known beforehand. */
  readonly length: number | undefined
  /** Its last byte was taken: before that a vendor has no request to answer. */
  readonly isSent: boolean
}

/** What differs between vendors. Pure: no clock, no network, no database, so that fixtures can test all of it. */
export interface Adapter {
  /** For a vendor that does not speak OpenAI's dialect to the letter: `chat` and `usage` are not asked then. */
  readonly translation?: Translation
  /** The caller's chat request for this account, with the vendor's own model id. */
  chat(request: ChatRequest, vendor: Vendor, model: string): PassedRequest
  /** The last step before a request leaves (milliseconds since 1970), at a vendor that wants it signed. */
  sign?(request: UpstreamRequest, vendor: Vendor, dateMs: number): UpstreamRequest
  /** Reads the vendor's usage object; undefined where there is none or its figures cannot be. */
  usage(value: unknown): Usage | undefined
  /** Reads the body of a vendor's error answer, or of an error event. Never throws. */
  error(body: unknown): VendorError
  /** The endpoints besides chat; absent where this dialect can be asked for chat alone. */
  readonly others?: OtherEndpoints
}

/** What an answer is made of, where its usage does not say it of each token. */
export type Medium = 'text' | 'audio' | 'image'

/** A multipart form with the boundary between its parts. */
export interface Form {
  boundary: string
  body: OutgoingRequest['body']
}

/** How the endpoints besides chat are asked. */
export interface OtherEndpoints {
  /** The caller's JSON for a resource such as `/embeddings`, edited, with the vendor's own model id. */
  json(
    resource: string,
    request: JsonRequest,
    edits: readonly Edit[],
    vendor: Vendor,
    model: string,
  ): UpstreamRequest
  /** A form, written as the vendor takes it: its model is in it, and is told for the address of those that want it there. */
  form(resource: string, form: Form, vendor: Vendor, model: string): OutgoingRequest
  /** Reads the usage object of an answer that is made of this, as it is billed; undefined where its figures cannot be. */
  usage(value: unknown, medium: Medium): Usage | undefined
  /** However short a recording is, it is billed as so many seconds; absent: as long as it is. */
  readonly leastAudioSeconds?: number
}

/** Whether a body is still on its way to us, or read from a disk. */
export function isStreamed(body: OutgoingRequest['body']): body is StreamedBody {
  return 'isSent' in body
}

/** The endpoints that answer a chat, in whatever dialect. */
const CHATS = new Set(['chat.completions', 'responses', 'messages'])

/** Whether a vendor of this dialect can be asked this, by the endpoint's name in the audit record. */
export function canServe(adapter: Adapter, endpoint: string): boolean {
  return CHATS.has(endpoint) || adapter.others !== undefined
}

/** The adapters that are built, by dialect. */
const ADAPTERS: Partial<Record<Vendor['dialect'], Adapter>> = {
  openai,
  anthropic,
  gemini,
  bedrock,
  cohere,
  vertex,
  'openai-responses': openaiResponses,
  azure: compatible(azure),
}

const FAMILY_ADAPTERS = new Map(Object.entries(FAMILY).map(([name, facts]) => [name, compatible(facts)]))
const UNKNOWN_ADAPTER = compatible(UNKNOWN)
/** Of OpenAI's family, but without chats. */
const NO_CHATS = new Set(['voyage'])

/** Undefined for a vendor that this version cannot call: its dialect is not built yet. */
export function adapterOf({
  dialect,
  name,
  kin = name,
}: Pick<Vendor, 'dialect' | 'name' | 'kin'>): Adapter | undefined {
  if (dialect !== 'openai-compatible') return ADAPTERS[dialect]
  return NO_CHATS.has(kin) ? undefined : (FAMILY_ADAPTERS.get(kin) ?? UNKNOWN_ADAPTER)
}

/** Where OpenAI's own models are served, with all of its endpoints. */
const HAS_RESPONSES = new Set<Vendor['dialect']>(['openai', 'azure'])

/** The same for a model that exists at these endpoints alone: a chat with one that only Responses has is asked there. */
export function adapterFor(
  vendor: Pick<Vendor, 'dialect' | 'name' | 'kin'>,
  endpoints: readonly string[],
): Adapter | undefined {
  const isElsewhere = endpoints.includes('responses') && !endpoints.includes('chat.completions')
  return isElsewhere && HAS_RESPONSES.has(vendor.dialect) ? openaiResponses : adapterOf(vendor)
}

/** Whether this version can ask a vendor for a model that exists at these endpoints. */
export function canAsk(
  vendor: Pick<Vendor, 'dialect' | 'name' | 'kin'>,
  endpoints: readonly string[],
): boolean {
  const adapter = adapterFor(vendor, endpoints)
  return adapter !== undefined && endpoints.some(endpoint => canServe(adapter, endpoint))
}
