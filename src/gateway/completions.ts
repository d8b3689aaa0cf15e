import { Elysia } from 'elysia'
import { streamOptionsFor } from '../vendors/openai/stream-options'
import type { Vendor } from '../vendors/vendor'
import { readAnswer } from '../wire/chat-answer'
import { type ChatRequest, readChatRequest } from '../wire/chat-request'
import { type CompletionRequest, readCompletionRequest } from '../wire/completion-request'
import { memberEdit } from '../wire/json-request'
import { promptAsChat } from '../wire/prompt-chat'
import type { Edit } from '../wire/splice'
import { asTextCompletion, asTextEvents } from '../wire/text-completion'
import type { Usage } from '../wire/usage'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { assertMembersPriced } from './assert-calls-priced'
import { billedJson } from './billed-json'
import { chatOperation, chatWhole } from './chat-completions'
import { chatStream } from './chat-stream'
import { completionsDocs } from './completions-docs'
import { countJson, guessTokens } from './count-json'
import type { GatewayDeps } from './deps'
import type { ModelLimits, Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { jsonResponse } from './respond'
import type { StreamDialect } from './stream-dialect'

/** `POST /v1/completions`, the older form of a chat: models that have chats alone are asked for one. */
export function completions(deps: GatewayDeps) {
  return new Elysia().post('/v1/completions', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: completionsDocs,
  })
}

/** Of a model that has chats alone: told as a completion. */
const WHOLE_CHAT: Whole<CompletionRequest> = {
  ...chatWhole,
  respond: (answer, bill, _asked, requestId) =>
    jsonResponse(asTextCompletion(billedJson(answer, bill)), requestId),
}

const WHOLE: Whole<CompletionRequest> = {
  read: readAnswer,
  usage: ({ usage }, adapter) => adapter.usage(usage),
  respond: (answer, bill, _asked, requestId) =>
    jsonResponse(
      billedJson(answer, bill),
      requestId,
      answer.usage === undefined ? bill.costPicoUsd : undefined,
    ),
}

const OPERATION: Operation<CompletionRequest, Uint8Array> = {
  endpoint: 'completions',
  receive: receiveJson,
  read: readCompletionRequest,
  request: (asked, deployment) => {
    if (deployment.asChat) return chatOperation.request(chatOf(asked), deployment)
    assertMembersPriced(asked.members, deployment)
    const { vendor, model } = deployment
    return othersOf(deployment).json('/completions', asked, editsFor(asked, vendor), vendor, model)
  },
  guessPrompt: (asked, limits) =>
    limits.asChat
      ? chatOperation.guessPrompt(chatOf(asked), limits)
      : guessTokens(asked, asked.prompts, limits),
  guessBesides: () => undefined,
  isPossible: (usage, asked, deployment) =>
    deployment.asChat
      ? chatOperation.isPossible(usage, chatOf(asked), deployment)
      : isWithinContexts(usage, asked, deployment),
  count: (asked, reading, deployment, tokenizer) =>
    deployment.asChat
      ? chatOperation.count(chatOf(asked), reading, deployment, tokenizer)
      : countJson(asked, reading, deployment, tokenizer),
  answer: (asked, deployments, call, admission, request, deps) => {
    const asChat = deployments.some(deployment => deployment.asChat)
    const stream = asChat ? textStream : chatStream
    return asked.stream
      ? answerStream(asked, deployments, call, admission, request, deps, stream(asked.includeUsage, asked.n))
      : answerUnary(asked, deployments, call, admission, request, deps, asChat ? WHOLE_CHAT : WHOLE)
  },
  asChat: chatOf,
}

function isWithinContexts(
  { inputTokens, outputTokens }: Usage,
  { n, prompts }: CompletionRequest,
  { contextWindow, maxOutputTokens }: ModelLimits,
): boolean {
  if (contextWindow === null) return true
  const longest = Math.ceil(outputTokens / n)
  return inputTokens <= contextWindow * prompts && longest <= contextWindow + (maxOutputTokens ?? 0)
}

/** Usage is what we bill by; the caller sees it only if the caller asked. */
function editsFor(
  { stream, includeUsage, streamOptions, members }: CompletionRequest,
  vendor: Vendor,
): Edit[] {
  const text = stream ? streamOptionsFor(vendor, includeUsage, () => streamOptions) : undefined
  return text === undefined ? [] : [memberEdit(members, 'stream_options', text)]
}

/** However many deployments are asked, it is written once. */
const chats = new WeakMap<CompletionRequest, ChatRequest>()

function chatOf(asked: CompletionRequest): ChatRequest {
  const known = chats.get(asked)
  if (known) return known
  const chat = readChatRequest(promptAsChat(asked))
  chats.set(asked, chat)
  return chat
}

/** A chat's stream, its chunks told as those of a completion. */
function textStream(includeUsage: boolean, answers: number): StreamDialect {
  const chat = chatStream(includeUsage, answers)
  return {
    ...chat,
    tell: (call, exchange, translated, outlet) => {
      const telling = chat.tell(call, exchange, translated, {
        emit: events => outlet.emit(asTextEvents(events)),
      })
      return { ...telling, last: bill => telling.last(bill).map(asTextEvents) }
    },
  }
}
