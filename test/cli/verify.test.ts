import { expect, test } from 'bun:test'
import { verifyChains } from '../../src/cli/verify'
import { CHAIN_START, linkHash } from '../../src/lib/hash-chain'

interface Entry {
  tenant_id: string
  sequence: number
  after: { name: string }
  hash: string
}

/** A chain of entries as the gateway writes them, oldest first. */
function chainOf(tenant_id: string, length: number): Entry[] {
  let previous = CHAIN_START
  return Array.from({ length }, (_, index) => {
    const said = { tenant_id, sequence: index + 1, after: { name: `name ${index}` } }
    previous = linkHash(previous, said)
    return { ...said, hash: previous }
  })
}

/** As an export gives them: newest first, tenants mixed. */
const verify = (...chains: Entry[][]) => verifySince({}, ...chains)

async function verifySince(known: Parameters<typeof verifyChains>[1], ...chains: Entry[][]) {
  const mixed = chains.flatMap(chain => chain.toReversed())
  return verifyChains(
    (async function* () {
      for (const entry of mixed) yield JSON.stringify(entry)
    })(),
    known,
  )
}

test('chains as they were written have no fault, and their heads are told', async () => {
  const [a, b] = [chainOf('a', 5), chainOf('b', 2)]
  expect(await verify(a, b)).toEqual({
    entries: 7,
    tenants: 2,
    faults: [],
    heads: { a: { sequence: 5, hash: a[4]?.hash ?? '' }, b: { sequence: 2, hash: b[1]?.hash ?? '' } },
  })
  expect(await verify()).toMatchObject({ entries: 0, faults: [] })
})

test.each([0, 2, 4])('an entry that was changed shows (entry %i)', async index => {
  const chain = chainOf('a', 5)
  const entry = chain[index]
  if (entry) entry.after.name = 'forged'
  expect((await verify(chain)).faults).toEqual([
    { tenant_id: 'a', sequence: index + 1, fault: 'it, or the one before it, was changed' },
  ])
})

test('an entry that was changed together with its hash shows in the next', async () => {
  const chain = chainOf('a', 5)
  const entry = chain[2]
  if (!entry) throw new Error('no entry')
  entry.after.name = 'forged'
  const { hash: _, ...said } = entry
  entry.hash = linkHash(chain[1]?.hash ?? '', said)
  expect((await verify(chain)).faults.map(({ sequence }) => sequence)).toEqual([4])
})

test.each([0, 2])('an entry that was removed shows (entry %i)', async index => {
  const chain = chainOf('a', 5).toSpliced(index, 1)
  expect((await verify(chain)).faults).toEqual([
    { tenant_id: 'a', sequence: index + 2, fault: `${index + 1} is expected here: entries are missing` },
  ])
})

test('entries that changed places show; another tenant’s chain is not hurt', async () => {
  const chain = chainOf('a', 4)
  const swapped = [chain[0], chain[2], chain[1], chain[3]].filter(entry => entry !== undefined)
  const { faults } = await verify(swapped, chainOf('b', 3))
  expect(faults.length).toBeGreaterThan(0)
  expect(faults.every(({ tenant_id }) => tenant_id === 'a')).toBe(true)
})

test('entries that were removed at the end show to whoever kept the latest hash', async () => {
  const chain = chainOf('a', 5)
  const { heads } = await verify(chain, chainOf('b', 2))
  expect((await verifySince(heads, [...chain, ...chainOf('a', 7).slice(5)], chainOf('b', 2))).faults).toEqual(
    [],
  )
  expect((await verifySince(heads, chain.slice(0, 4))).faults).toEqual([
    { tenant_id: 'a', sequence: 5, fault: 'it was the latest once, and is not there as it was' },
    { tenant_id: 'b', sequence: 2, fault: 'it was the latest once, and is not there as it was' },
  ])
})
