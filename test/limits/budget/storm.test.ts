import { expect, test } from 'bun:test'
import { hasThrowawayServer } from '../../postgres'
import { Chance } from '../../spool/chance'
import { Storm } from './storm'

/** Another one each time, and told: a failure can be played again. */
const SEED = Date.now() % 1_000_000

test.skipIf(!hasThrowawayServer)(
  'T84 a thousand requests at once on one cent, at three processes that are killed: never over, nothing held in the end, no phantom refusals',
  async () => {
    const storm = await Storm.start()
    try {
      const chance = new Chance(SEED)
      for (const kills of [0, 2]) {
        const { problems, answers, spentPicoUsd } = await storm.round({ requests: 1_000, kills, chance })
        expect({ SEED, problems }).toEqual({ SEED, problems: [] })
        expect(spentPicoUsd).toBeGreaterThan(0n)
        expect(answers['429 insufficient_quota']).toBeGreaterThan(100)
        expect(answers['200']).toBeGreaterThan(5)
        if (kills === 0) expect(Object.keys(answers).sort()).toEqual(['200', '429 insufficient_quota'])
      }
    } finally {
      await storm.stop()
    }
  },
  180_000,
)
