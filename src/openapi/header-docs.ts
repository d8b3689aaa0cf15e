/** The header that makes a request safe to repeat. */
export const REPEAT_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Up to 255 characters of your own. The same request with the same key gets the first answer again, byte for byte, for 24 hours: the vendor is asked once and you pay once. An answer that was cut short, or larger than 4 MB, is not kept.',
  example: 'order-4711',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
}

/** The header that has an answer read to its end without its caller. */
export const LEAVE_PARAMETER = {
  name: 'x-callmissed-on-disconnect',
  in: 'header',
  required: false,
  description:
    '`drain`: should you leave before the end, the answer is read on (5 minutes and 16 MiB at most, while there is room), and you pay what the vendor bills for it, instead of what was counted until you left.',
  schema: { type: 'string' as const, enum: ['drain'] },
}

const DURATION = 'In Go’s form: `12ms`, `6m0s`.'

/** How far the limits are used: on answers and refusals, where the key or its tenant has limits. */
export const LIMIT_HEADERS = {
  'x-ratelimit-limit-requests': header(
    'Requests in a minute that the key may make. Only where they are limited.',
  ),
  'x-ratelimit-remaining-requests': header('How many of them are left now.'),
  'x-ratelimit-reset-requests': header(`When all of them are there again. ${DURATION}`),
  'x-ratelimit-limit-tokens': header('Tokens in a minute. Only where they are limited.'),
  'x-ratelimit-remaining-tokens': header('How many of them are left now.'),
  'x-ratelimit-reset-tokens': header(`When all of them are there again. ${DURATION}`),
}

function header(description: string) {
  return { description, schema: { type: 'string' as const } }
}
