import type { ConfigFile } from './config-file'
import type { Environment } from './environment'
import type { Problems } from './problems'

/** `$${NAME}` stands for the characters themselves; anything else in braces must name a variable. */
const REFERENCE = /(\$?)\$\{([^}]*)\}/g
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The file's content with `${NAME}` replaced in every text, keys excepted. What is not set goes to `problems`. */
export function interpolate(file: ConfigFile, environment: Environment, problems: Problems): unknown {
  const replaceIn = (text: string, path: readonly string[]) =>
    text.replace(REFERENCE, (whole, escaped: string, name: string) => {
      if (escaped) return whole.slice(1)
      const value = VARIABLE.test(name) ? environment[name] : undefined
      if (value === undefined)
        problems.add(file.placeOf(path), missing(name), 'the name of a variable that is set')
      return value ?? whole
    })
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === 'string') return replaceIn(value, path)
    if (Array.isArray(value)) return value.map((item, at) => walk(item, [...path, String(at)]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
  }
  return walk(file.content, [])
}

function missing(name: string): string {
  return VARIABLE.test(name) ? `\${${name}}, which is not set` : `\${…} around what is no variable's name`
}
