import { Kind, type TSchema, type TUnsafe, Type, TypeRegistry } from '@sinclair/typebox'

const ONE_OF = 'CallMissedOneOf'
TypeRegistry.Set<{ enum: readonly string[] }>(
  ONE_OF,
  (schema, value) => typeof value === 'string' && schema.enum.includes(value),
)

/** A text out of a list; published as an `enum`, which editors complete (a union of constants they mostly do not). */
export function OneOf<const T extends string>(
  values: readonly T[],
  description: string,
  examples: readonly T[] = values,
): TUnsafe<T> {
  return Type.Unsafe<T>({ [Kind]: ONE_OF, type: 'string', enum: values, description, examples })
}

/** A text of which nothing may be repeated in a problem or a log. */
export function Secret(description: string) {
  return Type.String({ minLength: 1, maxLength: 8192, description, writeOnly: true })
}

/** A text of up to 512 characters that may be left out, as editors complete it. */
export function optionalText(description: string, example: string, pattern = '^[^\\x00-\\x1f]*$') {
  return Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, pattern, description, examples: [example] }),
  )
}

/** Whether a field's content is a secret. */
export function isSecret(schema: TSchema): boolean {
  return schema.writeOnly === true
}
