import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml'
import type { Problems } from './problems'

/** `callmissed.yaml` as it was read: its content as plain data, and where each part stands. */
export interface ConfigFile {
  /** As problems name it, without folders. */
  name: string
  content: unknown
  /** What stands at a path, before any variable was put in: `${NAME}` may be shown, its value never. */
  writtenAt(path: readonly string[]): unknown
  /** How a problem names a field: `callmissed.yaml line 7, vendors.acme.dialect`. */
  placeOf(path: readonly string[]): string
}

const MAX_ALIASES = 100

/**
 * Parses the file's text; syntax errors and duplicate keys go to `problems` with their lines.
 * The parser's own messages are not used: they can quote the text, and so a secret.
 */
export function parseConfigFile(name: string, text: string, problems: Problems): ConfigFile | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0])
    problems.add(`${name} line ${line}, column ${col}`, describe(error), 'YAML')
  }
  if (document.errors.length > 0) return undefined
  const content = plainData(name, document, problems)
  return {
    name,
    content,
    writtenAt: path => valueAt(content, path),
    placeOf: path => placeOf(name, document, lines, path),
  }
}

function plainData(name: string, document: Document, problems: Problems): unknown {
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}
    // An alias may stand within its own anchor: such a thing has no end, and JSON refuses it.
    JSON.stringify(content)
    return content
  } catch {
    problems.add(
      name,
      'an alias without its anchor, or aliases within aliases',
      `at most ${MAX_ALIASES} plain aliases`,
    )
    return {}
  }
}

/** The line of the field itself, or of the nearest part around it that is there. */
function placeOf(name: string, document: Document, lines: LineCounter, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const start = startOf(document, path.slice(0, length))
    if (start !== undefined) return `${name} line ${lines.linePos(start).line}, ${writePath(path)}`
  }
  return path.length > 0 ? `${name}, ${writePath(path)}` : name
}

function startOf(document: Document, path: readonly string[]): number | undefined {
  const keys = path.map(key => (/^\d+$/.test(key) ? Number(key) : key))
  const node = document.getIn(keys, true) ?? document.getIn(path, true)
  return (node as { range?: [number, number, number] } | undefined)?.range?.[0]
}

/** Writes a path as people do: `models.acme-large.deployments[0].vendor`. */
function writePath(path: readonly string[]): string {
  return path.map((key, at) => (/^\d+$/.test(key) ? `[${key}]` : at === 0 ? key : `.${key}`)).join('')
}

/** What stands at a path of plain data, or undefined. */
export function valueAt(content: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string, unknown> | null | undefined)?.[key],
    content,
  )
}

/** The path that such a text names. */
export function readPath(text: string): string[] {
  return text.split(/\.|\[|\]/).filter(Boolean)
}

const DESCRIPTIONS: Record<string, string> = {
  DUPLICATE_KEY: 'the same key twice',
  TAB_AS_INDENT: 'a tab as indentation',
  BAD_INDENT: 'an indentation that fits nothing above it',
  MISSING_CHAR: 'something unclosed: a quote, bracket, comma or colon is missing',
  BAD_ALIAS: 'an alias (*) without its anchor (&): put a text that begins with * in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping where one value is wanted: a text that holds ": " needs quotes',
  BAD_SCALAR_START: 'a text that begins with a reserved character: put it in quotes',
  MULTILINE_IMPLICIT_KEY: 'a key over several lines: a colon is missing',
  MULTIPLE_DOCS: 'a second document (---)',
  TAG_RESOLVE_FAILED: 'an unknown tag (!)',
  BAD_DQ_ESCAPE: 'an unknown escape in double quotes',
  UNEXPECTED_TOKEN: 'something unexpected here',
}

function describe(error: YAMLError): string {
  return DESCRIPTIONS[error.code] ?? `broken syntax (${error.code.toLowerCase().replaceAll('_', ' ')})`
}
