/** Makes a value when it is first asked for, and gives the same one ever after; a failure to make it is thrown each time. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
