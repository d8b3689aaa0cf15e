import { Elysia } from 'elysia'
import { chatCompletionsDocs } from './chat-completions-docs'
import type { GatewayDeps } from './deps'
import { serve } from './pipeline'

/** `POST /v1/chat/completions`: the raw request, since a schema would drop the fields that we do not know. */
export function chatCompletions(deps: GatewayDeps) {
  return new Elysia().post(
    '/v1/chat/completions',
    ({ request }) => serve(request, 'chat.completions', deps),
    { parse: 'none', detail: chatCompletionsDocs },
  )
}
