import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { assertModel, permit } from '../../src/auth/permit'
import { allowsModel, assertWithin, type Rights } from '../../src/auth/rights'
import { INFERENCE_SCOPES, SCOPES, toScopes } from '../../src/auth/scope'
import { LIMIT_KINDS } from '../../src/db/limits'
import { PERIODS } from '../../src/lib/period'
import { anyCaller } from './any-caller'

const MODELS = ['claude-opus', 'claude-haiku', 'gpt-5', 'gpt-5-mini', 'org/m']
const NONE: Rights = { scopes: [], models: null, limits: null, budget: null, expiresAt: null }

const DAYS = { day: 1, week: 7, month: 30, total: 10_000 }
/** What may be spent on average. */
const inADay = (budget: Rights['budget']) =>
  budget ? Number(budget.limitPicoUsd) / DAYS[budget.period] : Number.POSITIVE_INFINITY

const limit = fc.option(fc.integer({ min: 1, max: 3 }))

const rights: fc.Arbitrary<Rights> = fc.record({
  scopes: fc.subarray([...SCOPES]),
  models: fc.option(fc.subarray([...MODELS, 'claude-*', 'gpt-*', 'gpt-5*', '*', '*-mini'], { minLength: 1 })),
  limits: fc.option(fc.record({ rpm: limit, tpm: limit, concurrency: limit })),
  budget: fc.option(fc.record({ limitPicoUsd: fc.bigInt(1n, 3n), period: fc.constantFrom(...PERIODS) })),
  expiresAt: fc.option(fc.integer({ min: 1, max: 5 })),
})

test('what is given lies within what its giver has: scopes, models, limits, budget and end', () => {
  let given = 0
  fc.assert(
    fc.property(rights, rights, (child, parent) => {
      try {
        assertWithin(child, parent)
      } catch {
        return
      }
      given++
      expect(child.scopes.filter(scope => !parent.scopes.includes(scope))).toEqual([])
      for (const model of MODELS)
        if (allowsModel(child.models, model)) expect(allowsModel(parent.models, model)).toBe(true)
      expect(child.expiresAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
        parent.expiresAt ?? Number.POSITIVE_INFINITY,
      )
      if (parent.budget) expect(inADay(child.budget)).toBeLessThanOrEqual(inADay(parent.budget))
      for (const kind of LIMIT_KINDS)
        expect(child.limits?.[kind] ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
          parent.limits?.[kind] ?? Number.POSITIVE_INFINITY,
        )
    }),
    { numRuns: 20_000 },
  )
  expect(given).toBeGreaterThan(100)
})

test('a key can always give what it has', () => {
  fc.assert(fc.property(rights, own => assertWithin(own, own)))
})

test('what is too much is named', () => {
  for (const [given, giver, param] of [
    [{ ...NONE, scopes: ['llm'] }, NONE, 'scopes'],
    [NONE, { ...NONE, models: ['m'] }, 'models'],
    [{ ...NONE, models: ['gpt-*'] }, { ...NONE, models: ['gpt-5', 'gpt-6'] }, 'models'],
    [{ ...NONE, models: ['gpt-*'] }, { ...NONE, models: ['claude-*'] }, 'models'],
    [NONE, { ...NONE, limits: { rpm: 5, tpm: null, concurrency: null } }, 'limits.rpm'],
    [
      { ...NONE, limits: { rpm: null, tpm: null, concurrency: 6 } },
      { ...NONE, limits: { rpm: null, tpm: null, concurrency: 5 } },
      'limits.concurrency',
    ],
    [NONE, { ...NONE, expiresAt: 5 }, 'expires_at'],
    [{ ...NONE, expiresAt: 6 }, { ...NONE, expiresAt: 5 }, 'expires_at'],
  ] as const)
    expect(() => assertWithin(given, giver)).toThrow(
      expect.objectContaining({ status: 403, type: 'permission_error', code: 'scope_not_allowed', param }),
    )
})

test('a scope that is not there is a 403 that names it, after the key’s own time', () => {
  const caller = anyCaller('k', { scopes: toScopes(['stt']), expiresAt: 10 })
  expect(permit(caller, 'stt', 9).scope).toBe('stt')
  expect(() => permit(caller, 'llm', 9)).toThrow(
    expect.objectContaining({
      status: 403,
      code: 'scope_not_allowed',
      message: expect.stringContaining('`llm`'),
    }),
  )
  expect(() => permit(caller, 'llm', 10)).toThrow(expect.objectContaining({ code: 'key_expired' }))
})

test('a model that is not in the list is a 403', () => {
  const caller = anyCaller('k', { models: ['claude-*', 'gpt-5'] })
  for (const model of ['claude-opus', 'gpt-5']) assertModel(caller, model)
  for (const model of ['gpt-5-mini', 'Claude-opus', 'my-claude-opus'])
    expect(() => assertModel(caller, model)).toThrow(
      expect.objectContaining({ status: 403, code: 'model_not_allowed', param: 'model' }),
    )
  assertModel(anyCaller('k'), 'anything')
})

test('scopes are kept once each and in order, and keys with the same ones share their list', () => {
  expect(toScopes(['stt', 'llm', 'stt', 'of a newer version'])).toEqual(['llm', 'stt'])
  expect(toScopes(['stt', 'llm'])).toBe(toScopes(['llm', 'stt']))
  expect(toScopes([...INFERENCE_SCOPES])).toEqual([...INFERENCE_SCOPES])
})
