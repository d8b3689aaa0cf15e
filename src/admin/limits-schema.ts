import { type Static, Type } from '@sinclair/typebox'
import { LIMIT_KINDS, type LimitKind, MOST_LIMIT, type RateLimits } from '../db/limits'
import { nullable } from './answer'

const MEANING: Record<LimitKind, string> = {
  rpm: 'Requests in a minute.',
  tpm: 'Tokens in a minute, of prompts and answers together.',
  concurrency: 'Requests at the same time.',
}

const limit = (kind: LimitKind) =>
  Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: MOST_LIMIT }), {
      description: `a whole number from 1 to ${MOST_LIMIT}, or null for no limit. ${MEANING[kind]}`,
    }),
  )

/** Limits as a body sets them: what is not named stays as it is. */
export const LimitsSchema = nullable(
  Type.Object(
    { rpm: limit('rpm'), tpm: limit('tpm'), concurrency: limit('concurrency') },
    { additionalProperties: false },
  ),
  {
    description: `an object of ${LIMIT_KINDS.join(', ')}, or null for no limits. What is not named stays as it is.`,
  },
)

const shown = (kind: LimitKind) => nullable(Type.Integer(), { description: MEANING[kind] })

/** Limits as they are read; null is none. */
export const ShownLimitsSchema = nullable(
  Type.Object({ rpm: shown('rpm'), tpm: shown('tpm'), concurrency: shown('concurrency') }),
  { description: 'How much it may ask for; null is no limit.' },
)

/** Limits in the words of the public interface. */
export function shownLimits(limits: RateLimits | null): Static<typeof ShownLimitsSchema> {
  return limits && { rpm: limits.rpm, tpm: limits.tpm, concurrency: limits.concurrency }
}
