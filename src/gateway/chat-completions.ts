import { Elysia } from 'elysia'
import { assertTierPriced } from '../vendors/openai/dearer-tiers'
import { readBody } from '../wire/body'
import { readAnswer } from '../wire/chat-answer'
import { type ChatRequest, readChatRequest } from '../wire/chat-request'
import { completionOf } from '../wire/completion'
import { answerOptions } from './answer-options'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { assertCallsPriced } from './assert-calls-priced'
import { billedJson } from './billed-json'
import { chatCompletionsDocs } from './chat-completions-docs'
import { chatStream } from './chat-stream'
import { countChat, guessPrompt, isWithinContext } from './count-chat'
import type { GatewayDeps } from './deps'
import { fetchImages, wantsImages } from './fetch-images'
import type { Operation } from './operation'
import { serve } from './pipeline'
import { jsonResponse } from './respond'
import { translate, translateIfLacking } from './translate'
import { TranslatedReader } from './translated-reader'

/** `POST /v1/chat/completions`: the raw request, since a schema would drop the fields that we do not know. */
export function chatCompletions(deps: GatewayDeps) {
  return new Elysia().post('/v1/chat/completions', ({ request }) => serve(request, chatOperation, deps), {
    parse: 'none',
    detail: chatCompletionsDocs,
  })
}

export const chatWhole: Whole = {
  read: readAnswer,
  usage: ({ usage }, adapter) => adapter.usage(usage),
  respond: (answer, bill, _chat, requestId) => jsonResponse(billedJson(answer, bill), requestId),
  translated: (exchange, translated, call) =>
    new TranslatedReader(exchange, translated, events =>
      completionOf(events, answerOptions(call, exchange.target.model, translated)),
    ),
}

export const chatOperation: Operation<ChatRequest, Uint8Array> = {
  endpoint: 'chat.completions',
  receive: (request, call, deps) => readBody(request, deps.maxJsonBytes, deps.slowestBodyMs, call),
  read: readChatRequest,
  request: (chat, deployment) => {
    const { adapter, vendor, model } = deployment
    const tier = chat.spans.serviceTier
    if (tier) assertTierPriced(chat, tier, vendor)
    if (adapter.translation) return translate(chat, adapter.translation, deployment)
    assertCallsPriced(chat, deployment)
    return translateIfLacking(chat, deployment) ?? adapter.chat(chat, vendor, model)
  },
  guessPrompt,
  guessBesides: () => undefined,
  isPossible: isWithinContext,
  count: countChat,
  answer: (chat, deployments, call, admission, request, deps) => {
    const answer = () =>
      chat.stream
        ? answerStream(
            chat,
            deployments,
            call,
            admission,
            request,
            deps,
            chatStream(chat.includeUsage, chat.n),
          )
        : answerUnary(chat, deployments, call, admission, request, deps, chatWhole)
    if (!wantsImages(chat, deployments)) return answer()
    return fetchImages(chat, deployments, request.signal).then(answer)
  },
}
