import { describe, expect, test } from 'bun:test'
import { hasPostgres, play } from './play'
import type { RoundOptions } from './round'

/** Another one each time, and told: a failure can be played again. */
const SEED = Date.now() % 1_000_000

/** No limit on a machine's slowness: each step has its own, by what moves. */
const HUNG_MS = 3_600_000

const ROUND: Omit<RoundOptions, 'firstTag'> = {
  kills: 5,
  callers: 24,
  mostPauseMs: 700,
  mostTroubleMs: 900,
  awaitsAdoption: false,
  longOutageMs: 0,
}

describe('the short form of bun run chaos', () => {
  test.concurrent.skipIf(!hasPostgres)(
    'two gateways that are killed, and a database that breaks: the bill and the records are the same',
    async () => {
      const { problems, counts, done } = await play({ seed: SEED, database: 'postgres', rounds: [ROUND] })
      expect({ seed: SEED, problems }).toEqual({ seed: SEED, problems: [] })
      expect(done['kill -9']).toBeGreaterThanOrEqual(ROUND.kills)
      expect(counts['vendor calls']).toBeGreaterThan(50)
      expect(counts['compared to the token']).toBeGreaterThan(20)
    },
    HUNG_MS,
  )

  test.concurrent(
    'one gateway that is killed with its embedded database: the bill and the records are the same',
    async () => {
      const rounds = [{ ...ROUND, kills: 2, callers: 12 }]
      const { problems, counts, done } = await play({ seed: SEED, database: 'embedded', rounds })
      expect({ seed: SEED, problems }).toEqual({ seed: SEED, problems: [] })
      expect(done['kill -9']).toBeGreaterThanOrEqual(2)
      expect(counts['vendor calls']).toBeGreaterThan(5)
    },
    HUNG_MS,
  )
})
