/** What a member must be; with a question mark it may be null or missing too. */
export type Kind = Sort | `${Sort}?`

type Sort = 'string' | 'number' | 'boolean' | 'list' | 'object'

/** The members that a command relies on. */
export type Shape<T> = { readonly [Member in keyof T]?: Kind }

/** Whether an answer is an object that has these members. */
export function hasShape<T>(answer: unknown, shape: Shape<T>): answer is T {
  if (!isObject(answer)) return false
  return Object.entries<Kind | undefined>(shape).every(([name, kind]) => kind && isOf(answer[name], kind))
}

function isOf(value: unknown, kind: Kind): boolean {
  if (kind.endsWith('?') && (value === null || value === undefined)) return true
  const sort = kind.replace('?', '')
  if (sort === 'list') return Array.isArray(value)
  return sort === 'object' ? isObject(value) : typeof value === sort
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
