import { expect, test } from 'bun:test'
import { readRecall, recallText } from '../../src/db/recall'

test('a recall is read as it was told', () => {
  for (const needs of [{}, { rpm: 1 }, { tpm: 20_000, concurrency: 2 }]) {
    const recall = { subjectId: 'subject', processId: 'process', needs }
    expect(readRecall(recallText(recall))).toEqual(recall)
  }
})

test.each(['', ' ', 'x', 'a b', 'a b 1', 'a b 1 2 3 4'])('%j is none', text => {
  expect(readRecall(text)).toBeUndefined()
})

test('of what is no number nothing is needed', () => {
  expect(readRecall('a b x -1 1.5')).toEqual({ subjectId: 'a', processId: 'b', needs: {} })
})
