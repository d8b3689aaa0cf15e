import { expect, test } from 'bun:test'
import { Ceding, type Needs } from '../../../src/limits/rate/ceding'
import { Lot } from '../../../src/limits/rate/lot'

const lotOf = (id: string) => new Lot('tenant', id, { rpm: 10, tpm: null, concurrency: null }, 1, 0)

/** What is ceded, and pauses that end when they are told to. */
function setUp() {
  const ceded: Map<Lot, Needs>[] = []
  const pauses: (() => void)[] = []
  const ceding = new Ceding({
    pause: () => new Promise(resolve => pauses.push(resolve)),
    cede: async needs => void ceded.push(new Map(needs)),
  })
  const rest = async () => {
    pauses.shift()?.()
    await Bun.sleep(0)
  }
  return { ceded, ceding, rest }
}

test('what is asked for after a rest is given at once; what is asked for meanwhile in one go, at its most', async () => {
  const { ceded, ceding, rest } = setUp()
  const [one, other] = [lotOf('one'), lotOf('other')]
  ceding.add(one, { rpm: 1 })
  expect(ceded).toEqual([new Map([[one, { rpm: 1 }]])])
  for (const rpm of [2, 5, 3]) ceding.add(one, { rpm })
  ceding.add(one, { concurrency: 1 })
  ceding.add(other, { rpm: 1 })
  await Bun.sleep(0)
  expect(ceded).toHaveLength(1)
  await rest()
  expect(ceded[1]).toEqual(
    new Map<Lot, Needs>([
      [one, { rpm: 5, concurrency: 1 }],
      [other, { rpm: 1 }],
    ]),
  )
  await rest()
  await rest()
  expect(ceded).toHaveLength(2)
})

test('however many are asked for, all of them are given', async () => {
  const { ceded, ceding, rest } = setUp()
  ceding.add(lotOf('first'), { rpm: 1 })
  for (let index = 0; index < 1_201; index++) ceding.add(lotOf(String(index)), { rpm: 1 })
  for (let turn = 0; turn < 5; turn++) await rest()
  expect(ceded.map(({ size }) => size)).toEqual([1, 500, 500, 201])
  ceding.add(lotOf('last'), { rpm: 1 })
  expect(ceded).toHaveLength(5)
})
