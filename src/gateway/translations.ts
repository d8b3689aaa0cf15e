import { Elysia } from 'elysia'
import type { GatewayDeps } from './deps'
import { serve } from './pipeline'
import { spokenOperation } from './spoken-operation'
import { translationsDocs } from './translations-docs'

/** `POST /v1/audio/translations`. */
export function translations(deps: GatewayDeps) {
  return new Elysia().post('/v1/audio/translations', ({ request }) => serve(request, OPERATION, deps), {
    parse: 'none',
    detail: translationsDocs,
  })
}

const OPERATION = spokenOperation('audio.translations', '/audio/translations')
