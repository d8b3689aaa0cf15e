import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { RowIndex } from '../../src/auth/row-index'

test('it finds what a map would, whatever is added and taken out, and however many collide', () => {
  const step = fc.record({ row: fc.nat(300), adds: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2_000 }), fc.constantFrom(1, 7, 0xffff_ffff), (steps, spread) => {
      const bitsOf = (row: number) => Math.imul(row % spread, 0x9e37_79b1) >>> 0
      const index = new RowIndex(bitsOf)
      const model = new Set<number>()
      for (const { row, adds } of steps) {
        if (!adds) index.delete(row)
        else if (!model.has(row)) index.add(row)
        if (adds) model.add(row)
        else model.delete(row)
      }
      expect(index.size).toBe(model.size)
      expect([...index].sort()).toEqual([...model].sort())
      for (let row = 0; row <= 300; row++) {
        const found = index.find(bitsOf(row), other => other === row)
        expect(found).toBe(model.has(row) ? row : undefined)
      }
    }),
    { numRuns: 50 },
  )
})

test('it grows with what is added', () => {
  const index = new RowIndex(row => Math.imul(row, 0x9e37_79b1) >>> 0)
  for (let row = 0; row < 10_000; row++) index.add(row)
  for (let row = 0; row < 10_000; row++)
    expect(index.find(Math.imul(row, 0x9e37_79b1) >>> 0, other => other === row)).toBe(row)
})
