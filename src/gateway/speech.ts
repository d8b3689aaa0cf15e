import { Elysia } from 'elysia'
import { readSpeechRequest, type SpeechRequest } from '../wire/speech-request'
import type { Usage } from '../wire/usage'
import { answerAudio } from './answer-audio'
import { answerStream } from './answer-stream'
import { billOf } from './bill'
import { guessTokens } from './count-json'
import { characterUsage, countSpeech, isPricedAlike } from './count-speech'
import type { GatewayDeps } from './deps'
import { eventStream } from './event-stream'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { serve } from './pipeline'
import { receiveJson } from './receive-json'
import { speechDocs } from './speech-docs'

/** `POST /v1/audio/speech`. */
export function speech(deps: GatewayDeps) {
  return new Elysia().post('/v1/audio/speech', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: speechDocs,
  })
}

const OPERATION: Operation<SpeechRequest, Uint8Array> = {
  endpoint: 'audio.speech',
  receive: receiveJson,
  read: readSpeechRequest,
  request: (asked, deployment) =>
    othersOf(deployment).json('/audio/speech', asked, [], deployment.vendor, deployment.model),
  guessPrompt: (asked, limits) => guessTokens(asked, 1, limits),
  guessBesides: ({ characters }) => ({ characters }),
  isPossible: (usage, _asked, deployment) => isPricedAlike(usage, deployment),
  count: countSpeech,
  answer: (asked, deployments, call, admission, request, deps) =>
    asked.stream
      ? answerStream(asked, deployments, call, admission, request, deps, streamOf(asked))
      : answerAudio(asked, deployments, call, admission, request, deps, deployment => {
          const usage = characterUsage(asked, deployment)
          return usage && billOf(usage, 'tokenizer', deployment.price).costPicoUsd
        }),
}

/** With `stream_format: "sse"`; the characters of the text are used besides what the vendor tells. */
function streamOf({ characters }: SpeechRequest) {
  return eventStream({
    last: ['speech.audio.done'],
    medium: 'audio',
    figures,
    with: { characters },
  })
}

function figures({ inputTokens, outputTokens }: Usage): object {
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}
