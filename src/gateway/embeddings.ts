import { Elysia } from 'elysia'
import { arraysAsBase64, type EmbeddingAnswer, readEmbeddingAnswer } from '../wire/embedding-answer'
import { type EmbeddingRequest, readEmbeddingRequest } from '../wire/embedding-request'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { countJson, guessTokens } from './count-json'
import type { GatewayDeps } from './deps'
import { embeddingsDocs } from './embeddings-docs'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { jsonResponse } from './respond'

/** `POST /v1/embeddings`. */
export function embeddings(deps: GatewayDeps) {
  return new Elysia().post('/v1/embeddings', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: embeddingsDocs,
  })
}

const WHOLE: Whole<EmbeddingRequest, EmbeddingAnswer> = {
  read: readEmbeddingAnswer,
  usage: ({ usage }, adapter) => adapter.others?.usage(usage, 'text'),
  respond: (answer, bill, { format }, requestId) => {
    const billed = billedJson(answer, bill, figures)
    // A vendor that knows no base64 answers in arrays, which older SDKs would take for bytes.
    const isAsAsked = format === 'float' || answer.arrays.length === 0
    const bytes = isAsAsked ? billed : asBase64(billed)
    return jsonResponse(bytes, requestId, answer.usage === undefined ? bill.costPicoUsd : undefined)
  },
}

const OPERATION: Operation<EmbeddingRequest, Uint8Array> = {
  endpoint: 'embeddings',
  receive: receiveJson,
  read: readEmbeddingRequest,
  request: (asked, deployment) =>
    othersOf(deployment).json('/embeddings', asked, [], deployment.vendor, deployment.model),
  guessPrompt: (asked, limits) => guessTokens(asked, asked.inputs, limits),
  guessBesides: () => undefined,
  isPossible: (usage, { inputs }, { contextWindow }) =>
    usage.outputTokens === 0 && (contextWindow === null || usage.inputTokens <= contextWindow * inputs),
  count: countJson,
  answer: (asked, deployments, call, admission, request, deps) =>
    answerUnary(asked, deployments, call, admission, request, deps, WHOLE),
}

function asBase64(bytes: Uint8Array): Uint8Array {
  const answer = readEmbeddingAnswer(bytes)
  return answer ? arraysAsBase64(answer) : bytes
}

function figures({ inputTokens }: { inputTokens: number }): object {
  return { prompt_tokens: inputTokens, total_tokens: inputTokens }
}
