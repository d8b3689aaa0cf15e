import { Elysia } from 'elysia'
import type { GatewayDeps } from './deps'
import { serve } from './pipeline'
import { spokenOperation } from './spoken-operation'
import { transcriptionsDocs } from './transcriptions-docs'

/** `POST /v1/audio/transcriptions`. */
export function transcriptions(deps: GatewayDeps) {
  return new Elysia().post('/v1/audio/transcriptions', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: transcriptionsDocs,
  })
}

const OPERATION = spokenOperation('audio.transcriptions', '/audio/transcriptions')
