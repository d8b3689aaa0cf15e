import { expect, test } from 'bun:test'
import { notesIn, readNotes } from '../../src/wire/caller-notes'
import { readMembers } from '../../src/wire/json-request'

function notesOf(request: object) {
  const body = Buffer.from(JSON.stringify(request))
  const spans = notesIn(
    body,
    readMembers(body, () => false),
  )
  return spans && readNotes(spans)
}

test.each([
  [{}, undefined],
  [{ user: 'ann' }, { user: 'ann' }],
  [{ user: 'old', safety_identifier: 'new' }, { user: 'new' }],
  [{ user: 'old', safety_identifier: null }, { user: 'old' }],
  [{ metadata: { team: 'séarch', run: '7' } }, { metadata: { team: 'séarch', run: '7' } }],
  [
    { user: 'ann', metadata: { a: 'b' } },
    { user: 'ann', metadata: { a: 'b' } },
  ],
  [
    { metadata: { user_id: 'claude’s caller' } },
    { user: 'claude’s caller', metadata: { user_id: 'claude’s caller' } },
  ],
  [{ user: '', metadata: {} }, undefined],
  [{ user: 7, metadata: 'text' }, undefined],
  [{ user: null, metadata: null }, undefined],
  [{ metadata: { number: 7, list: ['a'], text: 'kept' } }, { metadata: { text: 'kept' } }],
  [{ user: 'x'.repeat(513) }, undefined],
  [{ metadata: { short: 'a', long: 'é'.repeat(257) } }, { metadata: { short: 'a' } }],
])('of %j is kept %j', (request, notes) => {
  expect(notesOf(request)).toEqual(notes as ReturnType<typeof notesOf>)
})

test('sixteen entries are kept, and nothing of a member of megabytes', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, 'v']))
  expect(Object.keys(notesOf({ metadata: many })?.metadata ?? {})).toHaveLength(16)
  expect(notesOf({ metadata: { a: 'b', big: 'x'.repeat(1_000_000) } })).toBeUndefined()
})
