import { costBound, type MostUsage, outputWithin } from '../catalog/bound'
import type { Ask } from '../limits/budget/hold'
import type { Deployment } from '../routing/plan'
import { MOST_READINGS, vendorToolIn } from '../wire/bought'
import type { ChatRequest } from '../wire/chat-request'
import { JsonReader } from '../wire/json-reader'
import { mayLack } from './lacking'
import type { Asked, Operation } from './operation'
import { promptsOf } from './prompts-of'

/** The dearest picture that a vendor counts, in tokens. */
const TOKENS_PER_IMAGE = 50_000
/** What vendors add to a prompt of their own; beside tools some add a whole instruction. */
const HIDDEN_TOKENS = 64
const HIDDEN_TOOL_TOKENS = 1_024
/** A context that nobody tells is no longer than this. */
const LONGEST_CONTEXT = 2_000_000
/** Where neither caller nor catalog say how long an answer may be, the vendor is told this. */
const USUAL_CAP = 32_768
/** Less than this is no answer: such a request is refused. */
const LEAST_CAP = 256
/** Beside what a caller asks for, in the words of vendors with an own dialect. */
const MOST_THINKING = 16_000
/** Where it has a length of its own: of the models that are known to think so (Qwen's, DeepSeek's, GLM's) none thinks longer. */
const LONGEST_THOUGHT = 131_072

/** What of a chat, in whichever dialect, says what it may cost. */
export type Chat = Pick<
  ChatRequest,
  'body' | 'n' | 'longest' | 'cap' | 'shape' | 'media' | 'mentions' | 'bringsIn'
> & { spans?: Pick<ChatRequest['spans'], 'tools'> }

/** The chat that a deployment is asked for, which says how long the answer may be; undefined where it is asked for none. */
export function chatFor(operation: Operation, asked: Asked, deployment: Deployment): Chat | undefined {
  if (isChat(asked)) return asked
  return deployment.asChat ? operation.asChat?.(asked) : undefined
}

function isChat(asked: Asked): asked is Asked & Chat {
  return 'cap' in asked
}

/** What a chat may cost at most, at the dearest of its deployments, and how long its answer may be for that. */
export class ChatEstimate implements Ask {
  readonly mostPicoUsd: bigint
  readonly leastPicoUsd: bigint
  /** How long the answer may be at most; what the vendor must be told if the caller said nothing. */
  private readonly cap: number
  private readonly isOpen: boolean
  private readonly chat: Chat
  private readonly deployments: readonly Deployment[]
  private readonly emulated: EmulatedSizes

  constructor(chat: Chat, deployments: readonly Deployment[], emulated: EmulatedSizes = NONE_EMULATED) {
    this.chat = chat
    this.deployments = deployments
    this.emulated = emulated
    this.isOpen = chat.longest === null
    this.cap = chat.longest ?? Math.max(...deployments.map(deployment => usualCap(chat, deployment)))
    this.mostPicoUsd = this.costOf(this.cap)
    const isShrinkable = this.isOpen && this.cap > LEAST_CAP && !deployments.some(thinksBesides)
    this.leastPicoUsd = isShrinkable ? this.costOf(LEAST_CAP) : this.mostPicoUsd
  }

  fit(picoUsd: bigint): bigint {
    return this.leastPicoUsd === this.mostPicoUsd ? this.mostPicoUsd : this.costOf(this.capWithin(picoUsd))
  }

  /** What the vendor must be told of the answer's length, if so much was reserved; undefined where the caller has said it. */
  capFor(reservedPicoUsd: bigint): number | undefined {
    if (!this.isOpen) return undefined
    return reservedPicoUsd >= this.mostPicoUsd ? this.cap : this.capWithin(reservedPicoUsd)
  }

  private capWithin(picoUsd: bigint): number {
    const { chat, deployments } = this
    if (this.emulated.size > 0) return this.capTried(picoUsd)
    const caps = deployments.map(deployment =>
      outputWithin(picoUsd, mostOf(chat, 0, deployment), deployment.price),
    )
    return Math.min(this.cap, Math.floor(Math.min(...caps) / chat.n))
  }

  /** The same where a longer answer makes for a longer prompt as well. */
  private capTried(picoUsd: bigint): number {
    let [least, most] = [0, this.cap]
    while (least < most) {
      const middle = Math.ceil((least + most) / 2)
      if (this.costOf(middle) <= picoUsd) least = middle
      else most = middle - 1
    }
    return least
  }

  private costOf(cap: number): bigint {
    let most = 0n
    for (const deployment of this.deployments) {
      const usage = mostOf(this.chat, cap, deployment, this.emulated.get(deployment))
      const bound = costBound(usage, deployment.price)
      if (bound > most) most = bound
    }
    return most
  }
}

/** How large the request is that a deployment gets, in bytes, where its model has to be brought to what it has not. */
export type EmulatedSizes = ReadonlyMap<Deployment, number>

export const NONE_EMULATED: EmulatedSizes = new Map()

/** What a model is told of an answer that it has to give again. */
const CORRECTION_TOKENS = 2_048
/** A text can be more tokens to who reads it than to who wrote it. */
const TOKENS_READ_PER_WRITTEN = 2

/** What an attempt that gave no answer may be recorded with: what was asked, and nothing of an answer where there was none. */
export function mostOfFailed(operation: Operation, asked: Asked, deployment: Deployment): bigint {
  const chat = chatFor(operation, asked, deployment)
  if (!chat) return costBound(mostOfPlain(operation, asked, deployment), deployment.price)
  // One that is asked for again was an answer.
  const cap = mayLack(chat, deployment) ? (chat.longest ?? chat.cap ?? 0) : 0
  return costBound(mostOf(chat, cap, deployment), deployment.price)
}

/** What a request to another endpoint may cost at most, by its size. */
export function plainEstimate(operation: Operation, asked: Asked, deployments: readonly Deployment[]): Ask {
  let most = 0n
  for (const deployment of deployments) {
    const bound = costBound(mostOfPlain(operation, asked, deployment), deployment.price)
    if (bound > most) most = bound
  }
  return { mostPicoUsd: most, leastPicoUsd: most, fit: () => most }
}

/** A token is at least a byte. What is no text is not: an address can lead to a picture, a file to a whole book. */
function mostOf(chat: Chat, cap: number, deployment: Deployment, emulatedBytes?: number): MostUsage {
  const context = deployment.contextWindow ?? LONGEST_CONTEXT
  const hidden = HIDDEN_TOKENS + (chat.shape.tools > 0 ? HIDDEN_TOOL_TOKENS : 0)
  // The first answer may come back with the question whether it cannot be put right; what it cost is set aside by then.
  const again = emulatedBytes === undefined ? 0 : CORRECTION_TOKENS + TOKENS_READ_PER_WRITTEN * cap
  const bytes = Math.max(chat.body.length, emulatedBytes ?? 0)
  const sized = bytes + again + hidden + chat.shape.images * TOKENS_PER_IMAGE
  const readings = Math.max(
    chat.bringsIn ?? 0,
    chat.media.fileBytes > 0 ? 1 : 0,
    readingsByTools(chat, deployment),
  )
  const prompt = readings > 0 ? readings * context : Math.min(sized, context)
  const answer = cap + thoughtBesides(deployment, cap, context)
  return { inputTokens: promptsOf(chat, deployment) * prompt, outputTokens: chat.n * answer }
}

/** Where bytes pass and its price pays for them, a vendor's own tools may be called: what they find is read after each round. */
function readingsByTools({ body, spans }: Chat, { price, adapter }: Deployment): number {
  if (!spans?.tools || adapter.translation || !price.rates.request) return 0
  return vendorToolIn(new JsonReader(body).value(spans.tools)) ? MOST_READINGS : 0
}

/** What it may think beside an answer of this length, in tokens. */
function thoughtBesides(deployment: Deployment, cap: number, context: number): number {
  if (!thinksBesides(deployment)) return 0
  // Whether a model thinks is not known of all, and some think where they are told to.
  if (deployment.adapter.translation?.thinksApart) return Math.min(context, LONGEST_THOUGHT)
  return Math.max((deployment.maxOutputTokens ?? cap + MOST_THINKING) - cap, 0)
}

/** Some dialects want what a model thinks counted beside the answer that the caller allows. */
function thinksBesides({ adapter, hidesReasoning }: Deployment): boolean {
  return adapter.translation !== undefined && (hidesReasoning || adapter.translation.thinksApart === true)
}

/** As much as the model gives, and fits beside a prompt of this size. */
function usualCap(chat: Chat, { contextWindow, maxOutputTokens }: Deployment): number {
  const most = maxOutputTokens ?? USUAL_CAP
  if (contextWindow === null) return most
  const room = contextWindow - Math.ceil(chat.body.length / 2)
  return Math.max(Math.min(most, room), Math.min(most, LEAST_CAP))
}

/** Some vendors tell no less of a recording, unknown to us; others bill the second that was begun. */
const LEAST_BILLED_SECONDS = 10
const TOKENS_PER_SECOND = 30
/** Nearly a second of speech: a digit is a whole word. */
const SPOKEN_TOKENS_PER_BYTE = 20
/** Of any of the sizes that a model has by name. */
const TOKENS_PER_PICTURE = 10_000
/** Where a size is free: the most that is known is a token for 350. */
const PIXELS_PER_TOKEN = 256

function mostOfPlain(operation: Operation, asked: Asked, deployment: Deployment): MostUsage {
  // A form that is still arriving may become as long as it says, or as any may be.
  const requestBytes = asked.upload?.mostBytes ?? asked.shape.requestBytes
  const sized = { inputTokens: requestBytes + HIDDEN_TOKENS, outputTokens: 0 }
  const answers = numberIn(asked, 'n') ?? 1
  switch (operation.endpoint) {
    case 'audio.transcriptions':
    case 'audio.translations': {
      const audioSeconds = Math.max(
        Math.ceil(asked.upload?.mostSeconds ?? requestBytes) + 1,
        deployment.adapter.others?.leastAudioSeconds ?? LEAST_BILLED_SECONDS,
      )
      const tokens = audioSeconds * TOKENS_PER_SECOND + HIDDEN_TOKENS
      // The words that the caller gives along.
      const text = asked.upload?.mostTextBytes ?? requestBytes
      return { inputTokens: tokens + text, outputTokens: tokens, audioSeconds }
    }
    case 'audio.speech': {
      const slowness = numberIn(asked, 'slowness') ?? 1
      const spoken = Math.ceil(requestBytes * SPOKEN_TOKENS_PER_BYTE * slowness)
      return { ...sized, outputTokens: spoken, characters: requestBytes }
    }
    case 'images.generations': {
      const tokens = Math.max(
        TOKENS_PER_PICTURE,
        Math.ceil((numberIn(asked, 'pixels') ?? 0) / PIXELS_PER_TOKEN),
      )
      return { ...sized, outputTokens: answers * tokens, images: answers }
    }
    case 'embeddings':
    case 'moderations':
      return sized
    default: {
      // No length is told to the vendor here: where nobody knows the longest answer, it can be as long as what fits.
      const longest = deployment.maxOutputTokens ?? deployment.contextWindow ?? LONGEST_CONTEXT
      const cap = asked.shape.maxTokens ?? longest
      return { ...sized, outputTokens: answers * cap }
    }
  }
}

/** What an endpoint's own request says besides, where this is one. */
function numberIn(asked: object, member: 'n' | 'pixels' | 'slowness'): number | undefined {
  const value = (asked as Partial<Record<typeof member, unknown>>)[member]
  return typeof value === 'number' ? value : undefined
}
