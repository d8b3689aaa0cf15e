import { isObject } from '../../lib/object'
import type { Tool } from '../../wire/chat-body'
import { ANY_TEXT_ALONE } from '../custom-tool'
import { readJson, readLooseJson, writtenMembers } from './json-text'
import { problemsOf } from './schema-check'

/** A call as a model wrote it into its text. */
export interface SaidCall {
  /** Undefined where it names none of the tools: then it is no call. */
  tool: Tool | undefined
  /** As JSON, or whatever the model wrote in its place. */
  arguments: string
  /** What is wrong with it, in words for the model; empty for a call that can be made. */
  problems: string[]
}

/** What a tool's arguments have to be. */
export function parametersOf({ isCustom, parameters }: Tool): Record<string, unknown> {
  return isCustom ? ANY_TEXT_ALONE : (parameters ?? { type: 'object', properties: {} })
}

/** Reads one call, `{"name":…,"arguments":{…}}`; one that was cut off is left as it is. */
export function readCall(text: string, tools: readonly Tool[], isCut: boolean): SaidCall {
  const json = isCut ? readJson(text) : readLooseJson(text)
  if (!json || !isObject(json.value)) return readBrokenCall(text, tools)
  const { name } = json.value
  const tool = tools.find(each => each.name === name)
  const written = writtenMembers(json.text)
  const given = argumentsIn(written.get('arguments') ?? written.get('parameters') ?? '{}')
  if (!tool) return { tool, arguments: given, problems: [`there is no tool named ${JSON.stringify(name)}`] }
  return { tool, arguments: given, problems: problemsWith(given, tool) }
}

/** Some write the object as a text. */
function argumentsIn(written: string): string {
  if (!written.startsWith('"')) return written
  const text: unknown = JSON.parse(written)
  return typeof text === 'string' ? (readLooseJson(text)?.text ?? text) : written
}

function problemsWith(given: string, tool: Tool): string[] {
  const json = readJson(given)
  if (!json || !isObject(json.value)) return [`the arguments of ${tool.name} are no JSON object`]
  return problemsOf(json.value, parametersOf(tool)).map(
    problem => `the arguments of ${tool.name}: ${problem}`,
  )
}

const NAME = /"name"\s*:\s*"([\w-]{1,64})"/
const ARGUMENTS = /"(?:arguments|parameters)"\s*:\s*/

/** What is no JSON can still name its tool: its arguments are handed on as they stand, as at OpenAI. */
function readBrokenCall(text: string, tools: readonly Tool[]): SaidCall {
  const name = NAME.exec(text)?.[1]
  const start = ARGUMENTS.exec(text)
  const given = start ? text.slice(start.index + start[0].length).trim() : ''
  return {
    tool: tools.find(each => each.name === name),
    arguments: given,
    problems: ['the call is no JSON object of the form {"name": …, "arguments": {…}}'],
  }
}
