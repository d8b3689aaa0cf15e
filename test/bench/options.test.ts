import { expect, test } from 'bun:test'
import { parseOptions } from '../../bench/options.ts'
import { parseTarget } from '../../bench/target.ts'

test('measures five rounds of three seconds unless told otherwise, and less when it is to be quick', () => {
  expect(parseOptions([])).toMatchObject({ rounds: 5, seconds: 3, only: [], gateway: true, keep: false })
  expect(parseOptions(['--quick'])).toMatchObject({ rounds: 2, seconds: 1 })
  expect(parseOptions(['--quick', '--rounds', '7'])).toMatchObject({ rounds: 7, seconds: 1 })
})

test('takes a list of names and several targets', () => {
  const options = parseOptions([
    '--only',
    'json,stream-64',
    '--target',
    'x=http://h/v1,k,m',
    '--target',
    'y=http://h/v1,k,m',
  ])
  expect(options.only).toEqual(['json', 'stream-64'])
  expect(options.targets).toHaveLength(2)
})

test.each([
  ['--rounds', '0'],
  ['--rounds', 'many'],
  ['--rounds', '51'],
  ['--seconds', '1.5'],
  ['--vendor-port', 'http'],
  ['--vendor-port', '65536'],
])('refuses %s %s', (name, value) => {
  expect(() => parseOptions([name, value])).toThrow(name)
})

test('refuses an option that it does not know', () => {
  expect(() => parseOptions(['--fast'])).toThrow('--fast')
})

test('reads a target with what is known of its process', () => {
  const target = parseTarget('other=http://127.0.0.1:8080/v1/,sk-a=b,gpt-x,pid=77,features=keys and budgets')
  expect(target).toMatchObject({
    name: 'other',
    url: 'http://127.0.0.1:8080/v1',
    key: 'sk-a=b',
    model: 'gpt-x',
    pid: 77,
    features: 'keys and budgets',
  })
})

test.each([
  'other',
  'other=http://127.0.0.1/v1',
  'other=nowhere,key,model',
  '=http://h/v1,key,model',
  'other=http://h/v1,key,model,pid=mine',
  'other=http://h/v1,key,model,features=keys, budgets',
])('refuses the target %s', text => {
  expect(() => parseTarget(text)).toThrow('name=url,key,model')
})
