import { expect, test } from 'bun:test'
import { withTable } from '../../scripts/vendor-table'
import { PROBES } from '../../scripts/vendors/probes'
import { columns } from '../../scripts/vendors/table'
import { VENDORS } from '../../src/catalog/vendors'
import { adapterOf } from '../../src/vendors/adapter'

test('no vendor loses a parameter in silence', () => {
  const lost = columns().flatMap(({ vendors, fates }) =>
    fates.flatMap((fate, index) =>
      fate === 'lost' ? [`${vendors.join(', ')}: ${PROBES[index]?.name}`] : [],
    ),
  )
  expect(lost).toEqual([])
})

test('the table in the docs is what the adapters do: `bun run vendors` writes it', async () => {
  const document = await Bun.file('docs/vendors.md').text()
  expect(narrow(withTable(document))).toBe(narrow(document))
})

/** However wide a table is drawn, it says the same. */
function narrow(document: string): string {
  return document.replace(/[ -]+(?=[|:])|(?<=[|:])[ -]+/g, '')
}

test('every vendor that can be called has its column', () => {
  const shown = columns().flatMap(({ vendors }) => vendors)
  expect(shown.toSorted()).toEqual(
    [...VENDORS.filter(vendor => adapterOf(vendor)).map(({ name }) => name), 'your own'].toSorted(),
  )
})
