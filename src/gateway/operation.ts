import type { Admission } from '../admission'
import type { Endpoint } from '../catalog/model'
import type { GatewayError } from '../errors'
import type { Deployment } from '../routing/plan'
import type { Tokenizer } from '../usage/tokenizer'
import type { NoteSpans } from '../wire/caller-notes'
import type { ChatRequest } from '../wire/chat-request'
import type { Shape } from '../wire/shape'
import type { Usage, UsageSource } from '../wire/usage'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { Reading } from './reading'
import type { Sending } from './translate'

/** What the line must know of any request, whichever endpoint it came to. */
export interface Asked {
  readonly model: string
  readonly stream: boolean
  readonly shape: Shape
  /** Where the caller says who it is. */
  readonly notes?: NoteSpans | undefined
  /** The file that it comes with, where it is a form. */
  readonly upload?: Uploading
}

/** A file on its way through. */
export interface Uploading {
  /** It was handed on as it came and is not kept: no further deployment can be asked. */
  readonly isSpent: boolean
  /** What its form can come to in bytes: its length, where that is known. */
  readonly mostBytes: number
  /** How long the recording in it can be, in seconds. */
  readonly mostSeconds: number
  /** What its fields besides the file can come to in bytes. */
  readonly mostTextBytes: number
  /** Gives back what it holds; nothing is read of it after that. */
  close(): void
}

/** A body as it was taken: its bytes, or the parts of a form that is still arriving. */
export interface Received {
  /** Bytes that have arrived. */
  readonly length: number
}

/** What a model takes, in tokens; null where nobody tells. */
export type ModelLimits = Pick<
  Deployment,
  'contextWindow' | 'maxOutputTokens' | 'adapter' | 'capabilities' | 'asChat'
>

/** Figures that are ours, because the vendor gave none. */
export interface Counted {
  usage: Usage
  source: UsageSource
}

/**
 * What one billable endpoint does differently from the others; the rest is the line's. Every endpoint is one literal
 * with these members in this order, so that the line is as fast with many of them as with one.
 */
export interface Operation<A extends Asked = Asked, R extends Received = Received> {
  readonly endpoint: Endpoint
  /** Takes the request's body. Throws GatewayError for one that is too large, too slow or of the wrong type. */
  receive(request: Request, call: Call, deps: GatewayDeps): Promise<R>
  /** What it asks for. Throws GatewayError naming the field for what this endpoint cannot be asked. */
  read(body: R): A
  /** The request as this deployment's vendor takes it. */
  request(asked: A, deployment: Deployment): Sending
  /** What its prompt may come to in tokens, by its size: never more than the model takes. */
  guessPrompt(asked: A, limits: ModelLimits): number
  /** What it may come to besides tokens; undefined where tokens are all. */
  guessBesides(asked: A, deployment: Deployment): Partial<Usage> | undefined
  /** Whether the model can have used so much for this. */
  isPossible(usage: Usage, asked: A, deployment: Deployment): boolean
  /** What a call used that ended without the vendor's figures. Never rejects. */
  count(
    asked: A,
    reading: Reading,
    deployment: Deployment,
    tokenizer: Pick<Tokenizer, 'count' | 'hear'>,
  ): Promise<Counted>
  /** Asks the deployments and answers the caller. */
  answer(
    asked: A,
    deployments: readonly Deployment[],
    call: Call,
    admission: Admission,
    request: Request,
    deps: GatewayDeps,
  ): Promise<Response>
  /** What a model is asked that has chats alone; absent: nothing of the kind. Throws GatewayError naming what it cannot be asked. */
  asChat?(asked: A): ChatRequest
  /** The body's bytes as they tell it from another request's; absent: it is bytes itself. */
  identity?(body: R): Uint8Array
  /** What the caller is told where it is not answered; absent: OpenAI's envelope. */
  refusal?(error: GatewayError, requestId: string): Response
}
