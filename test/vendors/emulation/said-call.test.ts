import { expect, test } from 'bun:test'
import { readCall } from '../../../src/vendors/emulation/said-call'
import type { Tool } from '../../../src/wire/chat-body'

const parameters = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }
const TOOLS: Tool[] = [
  { name: 'f', parameters, isCustom: false },
  { name: 'free', isCustom: false },
  { name: 'run', isCustom: true },
]
const read = (text: string, isCut = false) => {
  const { tool, arguments: given, problems } = readCall(text, TOOLS, isCut)
  return [tool?.name, given, problems.length]
}

test('a call is read with its arguments as they were written', () => {
  expect(read('{"name":"f","arguments":{"a": 1.10e2}}')).toEqual(['f', '{"a": 1.10e2}', 0])
  expect(read('{"name":"free"}')).toEqual(['free', '{}', 0])
  expect(read('{"name":"run","arguments":{"input":"ls"}}')).toEqual(['run', '{"input":"ls"}', 0])
})

test('what models get wrong in their JSON is put right', () => {
  expect(read("{'name':'f','arguments':{'a':1,},}")).toEqual(['f', '{"a":1}', 0])
  expect(read('```json\n{"name":"f","arguments":{"a":1}\n```')).toEqual(['f', '{"a":1}', 0])
  expect(read('{"name":"f","arguments":"{\\"a\\":1}"}')).toEqual(['f', '{"a":1}', 0])
  expect(read('{"name":"f","parameters":{"a":1}}')).toEqual(['f', '{"a":1}', 0])
})

test('what is wrong with a call is told, and it keeps what it says', () => {
  expect(read('{"name":"f","arguments":{"a":"x"}}')).toEqual(['f', '{"a":"x"}', 1])
  expect(read('{"name":"f","arguments":[1]}')).toEqual(['f', '[1]', 1])
  expect(read('{"name":"g","arguments":{}}')).toEqual([undefined, '{}', 1])
  expect(read('call f with 1')).toEqual([undefined, '', 1])
})

test('one that was cut off stays cut off', () => {
  expect(read('{"name":"f","arguments":{"a":1', true)).toEqual(['f', '{"a":1', 1])
  expect(read('{"name":"f', true)).toEqual([undefined, '', 1])
})

test('a call of a megabyte of broken JSON is given up, not put right for minutes', () => {
  const broken = `{"name":"f","arguments":[${'1 '.repeat(500_000)}]}`
  expect(readCall(broken, TOOLS, false).problems).toHaveLength(1)
  expect(readCall(`\`\`\`\n${' '.repeat(1_000_000)}x`, TOOLS, false).problems).toHaveLength(1)
})
