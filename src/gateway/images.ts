import { Elysia } from 'elysia'
import { type ImageAnswer, readImageAnswer } from '../wire/image-answer'
import { type ImageRequest, readImageRequest } from '../wire/image-request'
import { NO_USAGE, type Usage } from '../wire/usage'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { countImages, isPricedAlike } from './count-image'
import { guessTokens } from './count-json'
import type { GatewayDeps } from './deps'
import { eventStream } from './event-stream'
import { imagesDocs } from './images-docs'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { jsonResponse } from './respond'

/** A picture of 4096 × 4096 in base64. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

/** `POST /v1/images/generations`. */
export function images(deps: GatewayDeps) {
  return new Elysia().post('/v1/images/generations', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: imagesDocs,
  })
}

const WHOLE: Whole<ImageRequest, ImageAnswer> = {
  read: readImageAnswer,
  usage: ({ usage, images }, adapter) => {
    const told = usage === undefined ? NO_USAGE : adapter.others?.usage(usage, 'image')
    return told && { ...told, images }
  },
  respond: (answer, bill, _asked, requestId) => {
    const cost = answer.usage === undefined ? bill.costPicoUsd : undefined
    return jsonResponse(billedJson(answer, bill, figures), requestId, cost)
  },
}

const OPERATION: Operation<ImageRequest, Uint8Array> = {
  endpoint: 'images.generations',
  receive: receiveJson,
  read: readImageRequest,
  request: (asked, deployment) =>
    othersOf(deployment).json('/images/generations', asked, [], deployment.vendor, deployment.model),
  guessPrompt: (asked, limits) => guessTokens(asked, 1, limits),
  guessBesides: ({ n }) => ({ images: n }),
  isPossible: (usage, _asked, deployment) => isPricedAlike(usage, deployment),
  count: countImages,
  answer: (asked, deployments, call, admission, request, deps) =>
    asked.stream
      ? answerStream(asked, deployments, call, admission, request, deps, streamOf(asked))
      : answerUnary(asked, deployments, call, admission, request, deps, WHOLE),
}

/** Each picture ends with an event of its own, which tells what it used. */
function streamOf({ n }: ImageRequest) {
  return eventStream({
    last: ['image_generation.completed'],
    answers: n,
    maxEventBytes: MAX_EVENT_BYTES,
    medium: 'image',
    figures,
    with: { images: 1 },
  })
}

function figures({ inputTokens, imageInputTokens, outputTokens }: Usage): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { text_tokens: inputTokens - imageInputTokens, image_tokens: imageInputTokens },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}
