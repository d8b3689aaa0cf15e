import { expect, test } from 'bun:test'
import { isId, newId } from '../../src/lib/id'

test('ids are different, in the order in which they were made, and recognised', () => {
  const ids = Array.from({ length: 5_000 }, newId)
  expect(new Set(ids).size).toBe(5_000)
  expect([...ids].sort()).toEqual(ids)
  expect(ids.every(isId)).toBe(true)
})

test('an id says when it was made', () => {
  const milliseconds = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16)
  expect(Math.abs(milliseconds - Date.now())).toBeLessThan(5_000)
})

test('what is no id of ours need not be looked up', () => {
  const id = newId()
  const others = [
    '',
    id.toUpperCase(),
    `${id} `,
    `${id}\n`,
    id.slice(1),
    id.replaceAll('-', ''),
    `${id}0`,
    "1' OR 1=1",
  ]
  expect(others.filter(isId)).toEqual([])
})
