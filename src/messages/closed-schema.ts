/** OpenAI's strict mode wants every object closed and every member of it required. */
export function isClosed(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isClosed)
  if (typeof schema !== 'object' || schema === null) return true
  const { properties, required, additionalProperties, ...rest } = schema as Record<string, unknown>
  if (properties === undefined) return Object.values(rest).every(isClosed)
  const names = Object.keys(properties as object)
  const areRequired = Array.isArray(required) && names.every(name => required.includes(name))
  return areRequired && additionalProperties === false && Object.values(properties as object).every(isClosed)
}
