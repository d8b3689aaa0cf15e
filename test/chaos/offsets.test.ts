import { expect, test } from 'bun:test'
import { Chance } from '../spool/chance'
import { ANSWER_BYTES, leaveAtAnswerBytes, leaveAtVendorBytes, VENDOR_BYTES } from './offsets'

const SAMPLES = 80
/** No limit on a machine's slowness: what hangs, hangs for longer. */
const HUNG_MS = 1_200_000
const SEED = Date.now() % 1_000_000

/** Some of all offsets, the last ones among them: there the figures and the end stand. */
function sample(end: number, chance: Chance): number[] {
  const drawn = Array.from({ length: SAMPLES }, () => chance.below(end))
  return [...new Set([...drawn, 0, 1, end - 16, end - 15, end - 2, end - 1, end])]
}

for (const mode of ['abort', 'drain'] as const) {
  test(
    `${mode}: a caller who leaves at any byte of its vendor's stream has one record, its figures right`,
    async () => {
      const offsets = sample(VENDOR_BYTES, new Chance(SEED))
      const { left, problems } = await leaveAtVendorBytes(mode, offsets)
      expect({ seed: SEED, problems }).toEqual({ seed: SEED, problems: [] })
      expect(left).toBe(offsets.length)
    },
    HUNG_MS,
  )

  test(
    `${mode}: a caller who leaves at any byte of its answer has one record, its figures right`,
    async () => {
      const offsets = sample(ANSWER_BYTES, new Chance(SEED + 1))
      const { left, problems } = await leaveAtAnswerBytes(mode, offsets)
      expect({ seed: SEED, problems }).toEqual({ seed: SEED, problems: [] })
      expect(left).toBe(offsets.length)
    },
    HUNG_MS,
  )
}
