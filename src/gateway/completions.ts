import { Elysia } from 'elysia'
import { readAnswer } from '../wire/chat-answer'
import { type CompletionRequest, readCompletionRequest } from '../wire/completion-request'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { chatStream } from './chat-stream'
import { completionsDocs } from './completions-docs'
import { countJson, guessTokens } from './count-json'
import type { GatewayDeps } from './deps'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { jsonResponse } from './respond'

/** `POST /v1/completions`, the older form of a chat: its answers are told in the same way. */
export function completions(deps: GatewayDeps) {
  return new Elysia().post('/v1/completions', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: completionsDocs,
  })
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
  request: (asked, deployment) =>
    othersOf(deployment).json('/completions', asked, asked.edits, deployment.vendor, deployment.model),
  guessPrompt: (asked, limits) => guessTokens(asked, asked.prompts, limits),
  guessBesides: () => undefined,
  isPossible: (usage, { n, prompts }, { contextWindow, maxOutputTokens }) =>
    contextWindow === null ||
    (usage.inputTokens <= contextWindow * prompts &&
      Math.ceil(usage.outputTokens / n) <= contextWindow + (maxOutputTokens ?? 0)),
  count: countJson,
  answer: (asked, deployments, call, admission, request, deps) =>
    asked.stream
      ? answerStream(asked, deployments, call, admission, request, deps, chatStream(asked.includeUsage))
      : answerUnary(asked, deployments, call, admission, request, deps, WHOLE),
}
