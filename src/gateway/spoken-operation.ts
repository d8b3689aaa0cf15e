import { newId } from '../lib/id'
import { srt, vtt } from '../wire/subtitles'
import { readTranscript, segmentsOf, type Transcript, textOf, transcriptEvents } from '../wire/transcript'
import type { Usage } from '../wire/usage'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { countSpoken, guessSpoken, guessSpokenTokens, isPricedAlike, timeUsage } from './count-spoken'
import { eventStream } from './event-stream'
import type { Operation } from './operation'
import { othersOf } from './others-of'
import { bytesResponse, jsonResponse, streamHead } from './respond'
import { Spoken, type TranscriptFormat } from './spoken'

/** Both endpoints that hear: they differ in their resource, and in the language of the answer. */
export function spokenOperation(
  endpoint: 'audio.transcriptions' | 'audio.translations',
  resource: string,
): Operation<Spoken, Spoken> {
  return {
    endpoint,
    receive: async (request, call, deps) => {
      const spoken = new Spoken(request, call, deps)
      // How slowly a file may come is our own to say, and a vendor that takes it slowly holds it up.
      deps.keepOpen(request)
      await spoken.upload.begin()
      return spoken
    },
    read: spoken => spoken,
    request: (spoken, deployment) => {
      const boundary = `callmissed-${newId()}`
      const body = spoken.upload.toVendor(boundary, spoken.rewrite(deployment.model))
      return othersOf(deployment).form(resource, { boundary, body }, deployment.vendor, deployment.model)
    },
    guessPrompt: guessSpokenTokens,
    guessBesides: guessSpoken,
    isPossible: (usage, _spoken, deployment) => isPricedAlike(usage, deployment),
    count: countSpoken,
    answer: (spoken, deployments, call, admission, request, deps) =>
      spoken.stream
        ? answerStream(spoken, deployments, call, admission, request, deps, STREAM)
        : answerUnary(spoken, deployments, call, admission, request, deps, WHOLE),
    identity: spoken => spoken.upload.identity(),
  }
}

const WHOLE: Whole<Spoken, Transcript> = {
  read: readTranscript,
  usage: ({ usage, duration }, adapter) =>
    adapter.others?.usage(usage, 'text') ??
    // A vendor that says how long it heard has said what it bills.
    (usage === undefined && duration !== undefined ? timeUsage(duration, adapter) : undefined),
  respond: (transcript, bill, { format, stream }, requestId) => {
    const billed = billedJson(transcript, bill, figures)
    if (stream) return new Response(eventsOf(billed), streamHead(requestId))
    const text = RENDER[format]?.(transcript)
    if (text !== undefined) return textResponse(text, requestId, bill.costPicoUsd)
    const cost = transcript.usage === undefined ? bill.costPicoUsd : undefined
    return jsonResponse(billed, requestId, cost)
  },
}

const STREAM = eventStream({
  last: ['transcript.text.done'],
  medium: 'text',
  figures,
  fromWhole: bytes => {
    const transcript = readTranscript(bytes)
    return transcript && transcriptEvents(transcript)
  },
  textOf: ({ type, delta, text }) => {
    const told = type === 'transcript.text.segment' ? text : delta
    return typeof told === 'string' ? told : ''
  },
})

/** A whole transcript as the events of a stream. */
function eventsOf(bytes: Uint8Array): string {
  const transcript = readTranscript(bytes)
  const events = transcript ? transcriptEvents(transcript) : []
  return [...events, '[DONE]'].map(data => `data: ${data}\n\n`).join('')
}

/** The forms that are no JSON. */
const RENDER: Partial<Record<TranscriptFormat, (transcript: Transcript) => string>> = {
  text: transcript => `${textOf(transcript)}\n`,
  srt: transcript => srt(segmentsOf(transcript)),
  vtt: transcript => vtt(segmentsOf(transcript)),
}

function textResponse(text: string, requestId: string, costPicoUsd: bigint): Response {
  return bytesResponse(Buffer.from(text), 'text/plain; charset=utf-8', requestId, costPicoUsd)
}

/** What was billed, in the names of these endpoints. */
function figures(usage: Usage): object {
  if (usage.audioSeconds > 0) return { type: 'duration', seconds: usage.audioSeconds }
  const { inputTokens, audioInputTokens, outputTokens } = usage
  return {
    type: 'tokens',
    input_tokens: inputTokens,
    input_token_details: { text_tokens: inputTokens - audioInputTokens, audio_tokens: audioInputTokens },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}
