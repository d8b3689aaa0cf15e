import type { Deployment } from '../routing/plan'
import { isMissing } from '../vendors/emulation/needs'
import type { ChatRequest } from '../wire/chat-request'

type Model = Pick<Deployment, 'adapter' | 'capabilities'>

/** Whether a request, in whichever dialect, may ask for what the deployment's model has not: false for nearly every one. */
export function mayLack({ mentions }: Pick<ChatRequest, 'mentions'>, model: Model): boolean {
  return (mentions.tools && lacks('tools', model)) || (mentions.schema && lacks('json_schema', model))
}

function lacks(name: 'tools' | 'json_schema', { adapter, capabilities }: Model): boolean {
  return isMissing(name, adapter.translation?.lacks, capabilities)
}
