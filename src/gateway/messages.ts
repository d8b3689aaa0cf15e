import { Elysia } from 'elysia'
import { figuresOf } from '../messages/figures'
import { messageOf } from '../messages/message'
import { withOwnThoughts } from '../messages/own-thoughts'
import { type MessagesBody, type MessagesRequest, readMessagesRequest } from '../messages/request'
import { passRequest, readOwnAnswer } from '../vendors/anthropic/pass'
import { readUsage } from '../vendors/anthropic/usage'
import { answerStream } from './answer-stream'
import { answerUnary, type Whole } from './answer-unary'
import { billedJson } from './billed-json'
import { isWithinContext } from './count-chat'
import { countMessages, guessMessages } from './count-messages'
import type { GatewayDeps } from './deps'
import { messageOptions } from './message-options'
import { fetchMessageImages, sendAsChat, speaksMessages } from './messages-chat'
import { messagesDocs } from './messages-docs'
import { refuseMessages, withOwnId } from './messages-response'
import { MESSAGES_STREAM } from './messages-stream'
import type { Operation } from './operation'
import { serve } from './pipeline'
import { receiveMessages } from './receive-messages'
import { jsonResponse } from './respond'
import { TranslatedReader } from './translated-reader'

/** `POST /v1/messages`: Anthropic's dialect, to every vendor. */
export function messages(deps: GatewayDeps) {
  return new Elysia().post(
    '/v1/messages',
    async ({ request }) => withOwnId(await serve(request, OPERATION, deps)),
    { parse: 'none', detail: messagesDocs },
  )
}

const WHOLE: Whole<MessagesRequest> = {
  read: readOwnAnswer,
  usage: ({ usage }) => readUsage(usage),
  respond: (answer, bill, _asked, requestId) => jsonResponse(billedJson(answer, bill, figuresOf), requestId),
  translated: (exchange, translated, call) =>
    new TranslatedReader(exchange, translated, events =>
      messageOf(events, messageOptions(call, exchange.target.model)),
    ),
}

const OPERATION: Operation<MessagesRequest, MessagesBody> = {
  endpoint: 'messages',
  receive: (request, call, deps) => receiveMessages(request, deps, call),
  read: readMessagesRequest,
  request: (asked, deployment) =>
    speaksMessages(deployment)
      ? passRequest(withOwnThoughts(asked), '/messages', deployment.vendor, deployment.model)
      : sendAsChat(asked, deployment),
  guessPrompt: guessMessages,
  guessBesides: () => undefined,
  isPossible: isWithinContext,
  count: countMessages,
  answer: async (asked, deployments, call, admission, request, deps) => {
    await fetchMessageImages(asked, deployments, request.signal)
    return asked.stream
      ? answerStream(asked, deployments, call, admission, request, deps, MESSAGES_STREAM)
      : answerUnary(asked, deployments, call, admission, request, deps, WHOLE)
  },
  // What a beta is called changes what the same bytes ask.
  identity: ({ bytes, betas }) =>
    betas === null ? bytes : Buffer.concat([bytes, Buffer.from(`\0${betas}`)]),
  refusal: refuseMessages,
}
