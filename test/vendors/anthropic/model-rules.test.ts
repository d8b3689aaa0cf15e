import { expect, test } from 'bun:test'
import models from '../../../src/catalog/data/models.json' with { type: 'json' }
import { rulesOf } from '../../../src/vendors/anthropic/model-rules'

test.each([
  ['claude-3-haiku-20240307', 'none', 'off', 'both'],
  ['claude-3-5-sonnet-20241022', 'none', 'off', 'both'],
  ['claude-3-7-sonnet-20250219', 'budget', 'off', 'both'],
  ['claude-sonnet-4-20250514', 'budget', 'off', 'both'],
  ['claude-opus-4-1-20250805', 'budget', 'off', 'both'],
  ['claude-opus-4-0', 'budget', 'off', 'both'],
  ['claude-haiku-4-5-20251001', 'budget', 'off', 'one'],
  ['claude-opus-4-6', 'adaptive', 'off', 'one'],
  ['anthropic.claude-opus-4-7', 'adaptive', 'off', 'none'],
  ['anthropic/claude-opus-4.8', 'adaptive', 'off', 'none'],
  ['claude-sonnet-5', 'adaptive', 'on', 'none'],
  ['claude-opus-5@default', 'adaptive', 'unsure', 'none'],
  ['claude-haiku-5-5', 'adaptive', 'unsure', 'none'],
  ['claude-opus-5-5-20260922', 'adaptive', 'always', 'none'],
  ['claude-sonnet-5-5', 'adaptive', 'always', 'none'],
  ['claude-fable-5', 'adaptive', 'always', 'none'],
  ['claude-mythos-5-2', 'adaptive', 'always', 'none'],
  ['claude-opus-4-9', 'adaptive', 'always', 'none'],
  ['kimi-k2.5', 'budget', 'off', 'both'],
] as const)('%s thinks %s, by default %s, and samples by %s', (model, thinking, byDefault, sampling) => {
  expect(rulesOf(model)).toMatchObject({ thinking, byDefault, sampling })
})

test('thoughts are bound in the newest generation alone', () => {
  const bound = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-fable-5-2']
  const free = ['claude-fable-5', 'claude-opus-5', 'claude-haiku-5-5', 'claude-opus-4-8']
  expect(bound.map(model => rulesOf(model).bindsThoughts)).toEqual([true, true, true, true])
  expect(free.map(model => rulesOf(model).bindsThoughts)).toEqual([false, false, false, false])
})

test('every model that the catalog has at Anthropic is of a group that names it', () => {
  const newest = rulesOf('claude-unheard-of')
  const all = Object.values(models as unknown as Record<string, { at: [string, string][] }>)
  const ids = all.flatMap(({ at }) => at.filter(([vendor]) => vendor === 'anthropic').map(([, id]) => id))
  expect(ids.length).toBeGreaterThan(10)
  expect(ids.filter(id => rulesOf(id) === newest)).toEqual([])
})
