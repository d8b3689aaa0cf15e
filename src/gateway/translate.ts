import { newId } from '../lib/id'
import type { Deployment } from '../routing/plan'
import type { UpstreamFailure } from '../upstream/failure'
import type { OutgoingRequest, UpstreamRequest } from '../vendors/adapter'
import { CONFORMING, CONFORMING_SINCE_LONG } from '../vendors/compatible/conforming'
import { type Emulation, emulating } from '../vendors/emulation/emulating'
import { needsOf } from '../vendors/emulation/needs'
import type { Translation, TranslationTarget } from '../vendors/translation'
import type { ChatBody } from '../wire/chat-body'
import type { ChatRequest } from '../wire/chat-request'
import { unsupported } from '../wire/field'
import { outermostMember } from '../wire/member'
import { readChatBody } from '../wire/read-chat-body'
import { assertCapable } from './assert-capable'
import { ceilingOf } from './ceiling'
import { mayLack } from './lacking'

/** A request as it is sent; `translated` where its answer does not come in OpenAI's dialect. */
export interface Sending extends OutgoingRequest {
  translated?: Translated
}

export interface Translated {
  translation: Translation
  /** The caller's parameters that mean nothing there. */
  dropped: readonly string[]
  /** What the model was brought to, and by what; absent: nothing. */
  emulated?: readonly string[]
  /** The answer calls tools by the deprecated `function_call`. */
  usesFunctions: boolean
  /** The caller's tools that take any text. */
  customTools: ReadonlySet<string>
  /** The further requests of an `n` that the vendor has not: each is answered by itself. */
  others: readonly UpstreamRequest[]
}

/** More connections for one request would be an attack on the vendor. */
const MOST_BRANCHES = 16

/** However many deployments are asked, the body is read once. */
const bodies = new WeakMap<ChatRequest, ChatBody>()
/** The same with its images as data, for vendors that read no addresses. */
const inlined = new WeakMap<ChatRequest, ChatBody>()

/** The request in the dialect of a deployment that has its own. Throws GatewayError (400) naming the field for what cannot be said there. */
export function translate(chat: ChatRequest, translation: Translation, deployment: Deployment): Sending {
  const whole = (translation.readsImageAt && inlined.get(chat)) ?? bodyOf(chat)
  const body = capped(whole, chat.cap)
  const { vendor, model, maxOutputTokens, capabilities, price } = deployment
  assertCapable(body, capabilities)
  const target = { vendor, model, maxOutputTokens, capabilities, ceiling: ceilingOf(price) }
  const emulation = mayLack(chat, deployment) ? emulationOf(body, translation, target) : undefined
  const by = emulation ?? translation
  const branches = by.takesN ? 1 : chat.n
  if (branches > MOST_BRANCHES)
    throw unsupported('n', `this model gives at most ${MOST_BRANCHES} answers to one request`)
  if (branches > 1 && isBilledByRequest(deployment))
    throw unsupported('n', 'this model is billed by the request, and gives one answer to each')
  const [first, ...others] = Array.from({ length: branches }, (_, index) =>
    by.request(branches === 1 ? body : branchOf(body, index), target),
  )
  if (!first) throw new Error('translate: a request for no answer')
  const { url, headers, dropped } = first
  const custom = body.tools?.filter(({ isCustom }) => isCustom) ?? []
  const translated = {
    translation: by,
    dropped: dropped.map(name => asWritten(name, chat)),
    ...(emulation && { emulated: emulation.emulated }),
    usesFunctions: body.usesFunctions ?? false,
    customTools: new Set(custom.map(({ name }) => name)),
    others,
  }
  return { url, headers, body: first.body, translated }
}

function isBilledByRequest({ price }: Deployment): boolean {
  return (price.rates.request?.amountPicoUsd ?? 0n) > 0n
}

/** The same for a vendor that conforms, where its model has to be brought to something; undefined for nearly every request: its bytes pass. */
export function translateIfLacking(chat: ChatRequest, deployment: Deployment): Sending | undefined {
  if (!mayLack(chat, deployment)) return undefined
  const needs = needsOf(bodyOf(chat), CONFORMING, deployment.capabilities)
  const isOlder = chat.longest !== null && !chat.spans.maxCompletionTokens
  return needs && translate(chat, isOlder ? CONFORMING_SINCE_LONG : CONFORMING, deployment)
}

/** Undefined for a model that has all that it is asked for. */
function emulationOf(
  body: ChatBody,
  translation: Translation,
  target: TranslationTarget,
): Emulation | undefined {
  const needs = needsOf(body, translation, target.capabilities)
  return needs && emulating(body, needs, translation, target, newId().slice(-NONCE_CHARACTERS))
}

/** Of an id these are chance. */
const NONCE_CHARACTERS = 12

const SAFETY_IDENTIFIER = Buffer.from('"safety_identifier"')

/** Whom a request is for has two names, and translators know one: the caller is told its own. */
function asWritten(name: string, { body }: ChatRequest): string {
  if (name !== 'user' && name !== 'safety_identifier') return name
  return outermostMember(body, SAFETY_IDENTIFIER) ? 'safety_identifier' : 'user'
}

/** What is sent to the same vendor again, without what it refused; undefined where there is nothing of the kind. */
export function relaxed(sending: Sending, { error }: UpstreamFailure): Sending | undefined {
  const { translated } = sending
  const relax = translated?.translation.relax
  if (!translated || !relax || error.status !== 400 || !(sending.body instanceof Uint8Array)) return undefined
  const first = relax({ ...sending, body: sending.body }, error.message)
  if (!first) return undefined
  const { dropped, ...request } = first
  const others = translated.others.map(other => relax(other, error.message) ?? other)
  return { ...request, translated: { ...translated, others, dropped: [...translated.dropped, ...dropped] } }
}

/** With the same seed all answers would be the same. */
function branchOf({ n: _, seed, ...body }: ChatBody, index: number): ChatBody {
  return seed === undefined ? body : { ...body, seed: seed + index }
}

function capped(body: ChatBody, cap: number | undefined): ChatBody {
  return cap === undefined || body.maxTokens !== undefined ? body : { ...body, maxTokens: cap }
}

/** Keeps what a chat is once its images were fetched. */
export function knowInlined(chat: ChatRequest, body: ChatBody): void {
  inlined.set(chat, body)
}

/** What a chat says, read whole. Throws GatewayError (400) naming the field. */
export function bodyOf(chat: ChatRequest): ChatBody {
  const known = bodies.get(chat)
  if (known) return known
  const body = readChatBody(chat.body)
  bodies.set(chat, body)
  return body
}
