import { JsonCutter } from './json-cutter'
import { readJson, readLooseJson } from './json-text'
import { problemsOf } from './schema-check'

/** The JSON of an answer, and what is wrong with it in words for the model. */
export interface AnswerText {
  text: string
  problems: string[]
}

/** The JSON value that a text is or holds, held against the schema. Where there is none, the text as it stands. */
export function answerIn(text: string, schema: Record<string, unknown>): AnswerText {
  const json = readJson(text) ?? readJson(cutOut(text, schema)) ?? readLooseJson(text)
  if (!json) return { text, problems: ['the answer is no JSON'] }
  return { text: json.text, problems: problemsOf(json.value, schema) }
}

/** What such a value begins with; undefined where it can be anything. */
export function openingOf({ type }: Record<string, unknown>): '{' | '[' | undefined {
  if (type === 'object') return '{'
  return type === 'array' ? '[' : undefined
}

function cutOut(text: string, schema: Record<string, unknown>): string {
  const cutter = new JsonCutter(openingOf(schema) ?? '{')
  return cutter
    .push(text)
    .map(piece => piece.text)
    .join('')
}
