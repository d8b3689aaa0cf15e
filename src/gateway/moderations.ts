import { Elysia } from 'elysia'
import type { Price } from '../catalog/price'
import type { UnaryAnswer } from '../wire/chat-answer'
import { readJsonAnswer } from '../wire/json-answer'
import type { JsonRequest } from '../wire/json-request'
import { readModerationRequest } from '../wire/moderation-request'
import { NO_USAGE } from '../wire/usage'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { countJson, guessTokens } from './count-json'
import type { GatewayDeps } from './deps'
import { moderationsDocs } from './moderations-docs'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { jsonResponse } from './respond'

/** `POST /v1/moderations`. */
export function moderations(deps: GatewayDeps) {
  return new Elysia().post('/v1/moderations', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: moderationsDocs,
  })
}

const WHOLE: Whole<JsonRequest, UnaryAnswer> = {
  read: bytes => readJsonAnswer(bytes, 'results'),
  // Most vendors tell none: what is free, or sold by the request, needs none.
  usage: ({ usage }, adapter) => (usage === undefined ? NO_USAGE : adapter.others?.usage(usage, 'text')),
  respond: (answer, bill, _asked, requestId) => {
    const cost = answer.usage === undefined ? bill.costPicoUsd : undefined
    return jsonResponse(billedJson(answer, bill), requestId, cost)
  },
}

const OPERATION: Operation<JsonRequest, Uint8Array> = {
  endpoint: 'moderations',
  receive: receiveJson,
  read: readModerationRequest,
  request: (asked, deployment) =>
    othersOf(deployment).json('/moderations', asked, [], deployment.vendor, deployment.model),
  guessPrompt: (asked, limits) => guessTokens(asked, 1, limits),
  guessBesides: () => undefined,
  isPossible: (usage, _asked, { price }) => !isByTokens(price) || usage.inputTokens > 0,
  count: countJson,
  answer: (asked, deployments, call, admission, request, deps) =>
    answerUnary(asked, deployments, call, admission, request, deps, WHOLE),
}

function isByTokens({ rates }: Price): boolean {
  return rates.input !== undefined && rates.input.amountPicoUsd > 0n
}
