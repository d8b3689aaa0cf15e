import { GatewayError } from '../errors'
import { UpstreamFailure } from '../upstream/failure'
import type { Round } from '../vendors/translation'
import type { Sending } from './translate'

/** An answer that was given, and is billed, and cannot be used; nothing of it was told. */
export class AnswerFault extends UpstreamFailure {
  readonly round: Round

  /** `round` is what the same deployment is asked instead. */
  constructor(round: Round) {
    super(unmetError(round), false)
    this.round = round
  }
}

/** The request that is sent in place of the one whose answer cannot be used. */
export function askedAgain({ translated }: Sending, { request, translation }: Round): Sending {
  if (!translated) throw new Error('askedAgain: bytes that passed')
  const { dropped: _, ...sent } = request
  return { ...sent, translated: { ...translated, translation } }
}

/** The same where it is not asked for again. */
export function unmetFailure({ code, problems }: Pick<Round, 'code' | 'problems'>): UpstreamFailure {
  return new UpstreamFailure(unmetError({ code, problems }), false)
}

/** What the caller is told of an answer that is not what it asked for. */
export function unmetError({ code, problems }: Pick<Round, 'code' | 'problems'>): GatewayError {
  return new GatewayError(code, `${SAID[code]}: ${problems.join('; ')}.`, {
    headers: { 'x-should-retry': 'false' },
  })
}

const SAID: Record<Round['code'], string> = {
  tool_call_not_produced: 'The model was to call a tool, and made no call that can be used',
  schema_not_followed: 'The model’s answer does not follow the schema',
}
