import { readFileSync, writeFileSync } from 'node:fs'
import { factLines } from './facts.ts'
import type { Result } from './results.ts'
import { markdownTable, tableCells } from './table.ts'

const BEGIN = '<!-- results: written by `bun run bench --keep` -->'
const END = '<!-- end of results -->'

/** The section of a README that shows a result. */
function resultSection(result: Result): string {
  const facts = factLines(result.facts).map(line => `- ${line}`)
  const features = Object.entries(result.features).map(([name, what]) => `- ${name}: ${what}`)
  const method = `- ${result.rounds} interleaved rounds of ${result.seconds} s; median of the rounds (quartiles)`
  return [...facts, method, ...features, '', markdownTable(tableCells(result))].join('\n')
}

/** Puts a section between the two marks of a text; throws when they are not there. */
export function withSection(text: string, section: string): string {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error('the README has no marks for the results')
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`
}

/** Shows a result in a README. */
export function writeReadme(file: string, result: Result): void {
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), resultSection(result)))
}
